// What a seller's hand expects at once: a pressed slab stays pressed until the answer, a second tap is no second sale,
// and the counter's keys work (1 to 9 package, Enter exact, F8 undo). A digit waits a moment: where another character
// follows at once it belongs to a scan, which chooses no package.
const SCAN_MS = 80;
let chosen;

function press(node) {
  document.querySelectorAll(".pressed").forEach((other) => other.classList.remove("pressed"));
  node.classList.add("pressed");
}

function keys(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input,select,textarea")) return;
  const slab = /^[1-9]$/.test(event.key) && document.querySelector(`.counter [data-place="${event.key}"]`);
  const exact = event.key === "Enter" && !event.target.closest("a,button") && document.querySelector(".counter .exact, .counter .next");
  const undo = event.key === "F8" && document.querySelector("[data-undo]");
  const hit = slab || exact || undo;
  if (!hit) return;
  event.preventDefault();
  if (hit === slab) chosen = setTimeout(() => hit.click(), SCAN_MS);
  else hit.click();
}

export function startSell() {
  document.addEventListener("click", (event) => {
    const act = event.target.closest("a.slab, .note, .exact");
    if (act) press(act);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.getAttribute("aria-busy") === "true") event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") event.stopImmediatePropagation();
    form.setAttribute("aria-busy", "true");
  }, true);
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError", "htmx:afterSettle", "pageshow"])
    window.addEventListener(name, () => {
      document.querySelectorAll("[aria-busy=true]").forEach((form) => form.removeAttribute("aria-busy"));
      document.querySelectorAll(".pressed").forEach((node) => node.classList.remove("pressed"));
    });
  document.addEventListener("keydown", () => clearTimeout(chosen), true);
  document.addEventListener("keydown", keys);
  return () => document.querySelector("[data-autofocus]")?.focus();
}
