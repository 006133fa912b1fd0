// A scanner is a fast keyboard: a burst of characters that ends with Enter opens the card of that number from any
// page, and leaves no trace in the field that happened to have the focus.
import { play } from "./sound.js";

const BURST_MS = 60;
const LENGTH_MIN = 6;
let text = "";
let last = 0;
let before = null;

function key(event) {
  const now = event.timeStamp;
  const field = event.target.closest?.("input, textarea");
  if (now - last > BURST_MS) {
    text = "";
    before = field ? field.value : null;
  }
  last = now;
  if (event.key.length === 1) text += event.key;
  if (event.key !== "Enter" || text.length < LENGTH_MIN) return;
  const scanned = text.trim();
  text = "";
  event.preventDefault();
  event.stopImmediatePropagation();
  if (field && before !== null) field.value = before;
  play("scan");
  const wanting = document.querySelector("[data-scan-field]");
  if (wanting) return take(wanting, scanned);
  const cards = document.querySelector("[data-number-box]")?.form.getAttribute("action") ?? "/lookup";
  location.assign(`${cards}?q=${encodeURIComponent(scanned)}`);
}

// The one field that wants a scan takes it, wherever the focus was.
function take(field, scanned) {
  field.value = scanned;
  field.form.requestSubmit();
}

export function startScan() {
  document.addEventListener("keydown", key, true);
  document.addEventListener("keydown", (event) => {
    const box = document.querySelector("[data-number-box]");
    if (!box || event.key !== "/" || event.target.closest("input,select,textarea")) return;
    event.preventDefault();
    box.focus();
  });
}
