// Keys on the page for a PIN or an amount. The form's own input stays the truth; without scripts it is typed into.
const PIN_DIGITS = 6;
const SCAN_MS = 200; // where a character follows the sixth digit so soon, or a letter stands so close, it was a scan
const ENTER_MS = 60; // and where Enter does: no hand is there so soon
let sixth = null; // the digit that waits: its timer, when it came, what enters it
let spoilt = -Infinity;

function type(form, key) {
  const input = form.querySelector("[data-keypad-input]");
  if (form.dataset.keypad === "pin") return typePin(form, input, key);
  const digits = Number(form.dataset.minorDigits);
  const next = key === "back" ? input.value.slice(0, -1) : input.value + key;
  const pattern = digits ? new RegExp(`^\\d{0,6}(\\.\\d{0,${digits}})?$`) : /^\d{0,9}$/;
  if (pattern.test(next)) input.value = next.replace(/^0+(?=\d)/, "");
  showAmount(form, input);
}

function typePin(form, input, key) {
  if (form.dataset.sent) return;
  input.value = key === "back" ? input.value.slice(0, -1) : (input.value + key).slice(0, PIN_DIGITS);
  form.querySelectorAll(".dot").forEach((dot, place) => dot.classList.toggle("on", place < input.value.length));
  if (input.value.length < PIN_DIGITS) return;
  form.dataset.sent = "yes";
  form.requestSubmit();
}

// Typed by keys the sixth digit waits a moment: a ticket that is scanned here is no try, whatever it begins with.
function pinByKey(form, key, at) {
  const input = form.querySelector("[data-keypad-input]");
  if (key === "back" || input.value.length + 1 < PIN_DIGITS) return type(form, key);
  const enter = () => {
    sixth = null;
    type(form, key);
  };
  sixth = { timer: setTimeout(enter, SCAN_MS), at, enter };
}

function watchPin(event) {
  const form = document.querySelector("form[data-keypad=pin]");
  if (!form || !(event.key.length === 1 || /^(Enter|Backspace)$/.test(event.key)) || !typed(event)) return;
  const held = sixth;
  clearTimeout(held?.timer);
  sixth = null;
  if (held) event.preventDefault();
  if (held && event.key === "Backspace") return;
  if (held && event.key === "Enter" && event.timeStamp - held.at > ENTER_MS) return held.enter();
  if (!held && /^(\d|Enter|Backspace)$/.test(event.key) && event.timeStamp - spoilt > SCAN_MS) return;
  event.preventDefault();
  spoilt = event.timeStamp;
  form.querySelector("[data-keypad-input]").value = "";
  type(form, "back");
}

function showAmount(form, input) {
  const digits = Number(form.dataset.minorDigits);
  const minor = Math.round(Number(input.value || 0) * 10 ** digits);
  const change = minor - Number(form.dataset.toPayMinor);
  const write = (amount) => form.dataset.sign + (amount / 10 ** digits).toFixed(amount % 10 ** digits ? digits : 0);
  form.querySelector("output").textContent = form.dataset.sign + (input.value || "0");
  form.querySelector("[data-change]").textContent = input.value === "" ? "" : change < 0 ? `${write(-change)} missing` : `change ${write(change)}`;
  form.querySelector("[type=submit]").disabled = change < 0;
}

const typed = (event) => !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest("input,select");
const padOf = (node) => node?.closest?.("form[data-keypad]");

export function startKeypads() {
  document.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]");
    if (key && padOf(key)) type(padOf(key), key.dataset.key);
  });
  document.addEventListener("keydown", watchPin, true);
  document.addEventListener("keydown", (event) => {
    const form = document.querySelector("form[data-keypad]");
    if (!form || event.defaultPrevented || !typed(event)) return;
    const key = event.key === "Backspace" ? "back" : event.key;
    if (!form.querySelector(`[data-key="${CSS.escape(key)}"]`)) return;
    event.preventDefault();
    if (form.dataset.keypad === "pin") pinByKey(form, key, event.timeStamp);
    else type(form, key);
  });
  return () => {
    for (const form of document.querySelectorAll("form[data-keypad=amount]")) showAmount(form, form.querySelector("[data-keypad-input]"));
  };
}
