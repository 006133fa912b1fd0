// A scanner is a fast keyboard: a burst of characters that ends with Enter opens the card of that number from any
// page, and leaves no trace in the field that happened to have the focus. A burst is known by its pace as a whole: a
// scanner on the air or a busy tablet stumbles now and then, and half a number would be the number of nothing.
import { play } from "./sound.js";

const PACE_MS = 60; // half of a scanner's characters come at least so fast, and hardly any hand's do
const PAUSE_MS = 500; // a stumble is shorter; after a longer pause something else begins
const LENGTH_MIN = 6;
const LENGTH_SURE = 12; // so much in one go where nothing takes text is a scan at any pace
let text = "";
let gaps = [];
let last = -PAUSE_MS;
let field = null;
let before = null;

const middle = (numbers) => [...numbers].sort((one, other) => one - other)[numbers.length >> 1];

function isScan() {
  if (text.length < LENGTH_MIN) return false;
  return middle(gaps) <= PACE_MS || (!field && text.length >= LENGTH_SURE);
}

function key(event) {
  if (event.key.length !== 1 && event.key !== "Enter") return;
  const gap = event.timeStamp - last;
  last = event.timeStamp;
  if (text && gap <= PAUSE_MS) gaps.push(gap);
  else begin(event.target.closest?.("input, textarea") ?? null);
  if (event.key === "Enter") end(event);
  else text += event.key;
}

function begin(where) {
  text = "";
  gaps = [];
  field = where;
  before = where?.value ?? null;
}

function end(event) {
  const scanned = isScan() ? text.trim() : "";
  text = "";
  if (!scanned) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (field) field.value = before;
  play("scan");
  const wanting = document.querySelector("[data-scan-field]");
  if (wanting) return take(wanting, scanned);
  const cards = document.querySelector("[data-number-box]")?.form.getAttribute("action") ?? "/lookup";
  location.assign(`${cards}?q=${encodeURIComponent(scanned)}`);
}

// The one field that wants a scan takes it, wherever the focus was.
function take(wanting, scanned) {
  wanting.value = scanned;
  wanting.form.requestSubmit();
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
