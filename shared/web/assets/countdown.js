// Seconds that run down: undo, close, lock. The server says how many are left; the unit's own clock is not asked.
const ends = new WeakMap();
const SPOKEN = [300, 120, 60];

export const span = (s) =>
  s < 300 ? `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}` : s < 7200 ? `${Math.floor(s / 60)} min` : `${Math.floor(s / 3600)} h`;

export function say(text) {
  const region = document.getElementById("said");
  if (region) region.textContent = text;
}

function end(node) {
  const holder = node.closest("[data-until]");
  if (!holder) return document.dispatchEvent(new CustomEvent("tillhouse:due"));
  holder.hidden = true;
  const after = holder.parentElement.querySelector("[data-after]");
  if (after) after.hidden = false;
}

function tick() {
  for (const node of document.querySelectorAll("[data-seconds]")) {
    if (!ends.has(node)) ends.set(node, performance.now() + 1000 * Number(node.dataset.seconds));
    const left = Math.max(0, Math.ceil((ends.get(node) - performance.now()) / 1000));
    const text = node.dataset.form === "s" ? `${left} s` : span(left);
    if (node.textContent === text) continue;
    node.textContent = text;
    if (node.dataset.form !== "s" && SPOKEN.includes(left)) say(`${left / 60} minutes to close`);
    if (left === 0 && !node.dataset.ended) {
      node.dataset.ended = "yes";
      end(node);
    }
  }
}

export function startCountdowns() {
  setInterval(tick, 250);
  return tick;
}
