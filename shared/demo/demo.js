// The demo's own switches: lines and printer troubles. Everything shown comes back through the live page.
const send = (path, body) =>
  fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

const line = (key, connected) => send(`/lines/${encodeURIComponent(key)}`, { connected });
const trouble = (key, value) => send(`/troubles/${encodeURIComponent(key)}`, { trouble: value });

// Shows the wish at once; the live page corrects it if the proxy says otherwise.
function turn(button) {
  const connected = button.getAttribute("aria-checked") !== "true";
  for (const node of [button, button.querySelector(".switch")]) node.setAttribute("aria-checked", String(connected));
  button.closest(".wire").classList.toggle("cut", !connected);
  button.lastChild.textContent = connected ? "Line up" : "Line cut";
  button.blur();
  line(button.dataset.line, connected);
}

document.addEventListener("submit", (event) => {
  if (event.target.matches(".wire, .trouble-menu")) event.preventDefault();
});
document.addEventListener("click", (event) => {
  const one = event.target.closest("[data-line]");
  const all = event.target.closest("[data-all-lines]");
  const roll = event.target.closest("[data-repair]");
  if (one) {
    event.preventDefault();
    turn(one);
  }
  if (all) {
    const wanted = all.dataset.allLines;
    document.querySelectorAll(`[data-line]:not([aria-checked="${wanted}"])`).forEach(turn);
    all.blur();
  }
  if (roll) {
    roll.blur();
    trouble(roll.dataset.repair, "");
  }
});
document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-trouble]");
  if (form) trouble(form.dataset.trouble, event.target.value);
});
