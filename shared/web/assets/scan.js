// A scanner is a fast keyboard: a burst of characters that ends with Enter opens the card of that number from any
// page, and leaves no trace in the field that happened to have the focus. A burst is known by its pace as a whole: a
// scanner on the air or a busy tablet stumbles now and then, and half a number would be the number of nothing.
// What the unit's own scanners and the camera read comes whole, as an event, and opens the same card.
import { say } from "./countdown.js";
import { play } from "./sound.js";

const PACE_MS = 60; // half of a scanner's characters come at least so fast, and hardly any hand's do
const PAUSE_MS = 500; // a stumble is shorter; after a longer pause something else begins
const LENGTH_MIN = 6;
const LENGTH_SURE = 12; // so much in one go where nothing takes text is a scan at any pace
const STEP = 4; // a first gap so many times the usual one parts a hand's key from the scan after it
let text = "";
let gaps = [];
let last = -PAUSE_MS;
let field = null;
let before = null;
let second = null; // what the field held when the second character came

const middle = (numbers) => [...numbers].sort((one, other) => one - other)[numbers.length >> 1];

// A key of a hand shortly before the scan is none of it. It is one key: two of them and a pause are a scan that stumbles.
function behead() {
  if (gaps.length < 2 || gaps[0] <= PACE_MS || gaps[0] <= STEP * middle(gaps)) return;
  text = text.slice(1);
  before = second;
  gaps.shift();
}

function isScan() {
  if (text.length < LENGTH_MIN) return false;
  return middle(gaps) <= PACE_MS || (!field && text.length >= LENGTH_SURE);
}

function key(event) {
  if (event.key.length !== 1 && event.key !== "Enter") return;
  const gap = event.timeStamp - last;
  last = event.timeStamp;
  const where = event.target.closest?.("input, textarea") ?? null;
  if (text && gap <= PAUSE_MS && where === field) gaps.push(gap);
  else begin(where);
  if (text.length === 1) second = where?.value ?? null;
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
  behead();
  const scanned = isScan() ? text.trim() : "";
  text = "";
  if (!scanned || isSecret(scanned)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (field) field.value = before;
  if (field?.type === "password") return;
  open(scanned);
}

function open(scanned) {
  play("scan");
  const wanting = document.querySelector("[data-scan-field]");
  if (wanting) return take(wanting, scanned);
  const cards = document.querySelector("[data-number-box]")?.form.getAttribute("action") ?? "/lookup";
  location.assign(`${cards}?q=${encodeURIComponent(scanned)}`);
}

// A password that comes fast, by a hand or a key on the ring, goes nowhere but into its field. More than the field takes
// is none: a ticket scanned onto a PIN, which must not be tried.
const isSecret = (scanned) => field?.type === "password" && (field.maxLength < 0 || scanned.length <= field.maxLength);

// The one field that wants a scan takes it, wherever the focus was.
function take(wanting, scanned) {
  wanting.value = scanned;
  wanting.form.requestSubmit();
}

function hear({ is, text, sentence }) {
  if (is === "scan") return open(text);
  play("refused");
  say(sentence);
}

export function startScan() {
  document.addEventListener("tillhouse:word", (event) => hear(event.detail));
  document.addEventListener("keydown", key, true);
  document.addEventListener("keydown", (event) => {
    const box = document.querySelector("[data-number-box]");
    if (!box || event.key !== "/" || event.target.closest("input,select,textarea")) return;
    if (text !== "/") return; // amid a scan it is a character of an address
    event.preventDefault();
    box.focus();
    text = "";
  });
}
