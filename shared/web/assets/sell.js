// What a seller's hand expects at once: a pressed slab stays pressed until the answer, a second tap is no second sale,
// and the counter's keys work (1 to 9 package, Enter exact, F8 undo). A digit waits a moment: where another character
// follows at once it belongs to a scan, which chooses no package. Enter sells what was chosen last, or nothing: never
// the order before it, and never at the end of a scan, though nobody knew it as one.
const SCAN_MS = 80;
const BURST_MS = 600; // two characters within it are not one choice
const STRAY_MS = 2000; // a character that chooses nothing was scanned, and so is the Enter after it
let waiting = 0; // the timer of the digit that waits
let typed = [-Infinity, -Infinity]; // when the last two characters came, outside of fields
let stray = -Infinity;
let wish = ""; // the package chosen last
let left = null; // the order that stood there when another was asked for; it leaves with the answer

const buyer = () => document.getElementById("buyer");
const packageOf = (address) => new URL(address, location.href).searchParams.get("package");
const inField = (event) => event.target.closest?.("input,select,textarea");
const plain = (event) => !event.ctrlKey && !event.metaKey && !event.altKey;
const slabOf = (key) => /^[1-9]$/.test(key) && document.querySelector(`.counter [data-place="${key}"]`);

function press(node) {
  document.querySelectorAll(".pressed").forEach((other) => other.classList.remove("pressed"));
  node.classList.add("pressed");
}

function note(event) {
  if (event.key === "Enter" && scanned(event)) stay();
  if (event.key.length !== 1 || !plain(event)) return;
  stay();
  if (inField(event)) return;
  typed = [typed[1], event.timeStamp];
  if (!slabOf(event.key)) stray = event.timeStamp;
}

function stay() {
  clearTimeout(waiting);
  waiting = 0;
}

const scanned = (event) => event.timeStamp - stray < STRAY_MS || event.timeStamp - typed[0] < BURST_MS;

// Whether the order on the page is the one asked for last.
function current() {
  if (waiting || (left && left === buyer())) return false;
  const shown = buyer()?.querySelector("[name=package_id]")?.value;
  return !shown || !wish || shown === wish;
}

function choose(slab) {
  const address = slab.getAttribute("href");
  waiting = setTimeout(() => {
    waiting = 0;
    wish = packageOf(address);
    document.activeElement?.blur(); // else Enter would press once more what was tapped before the digit
    // A live swap may have put another slab in its place meanwhile, or none.
    [...document.querySelectorAll(".counter a.slab")].find((one) => one.getAttribute("href") === address)?.click();
  }, SCAN_MS);
}

function keys(event) {
  if (event.defaultPrevented || !plain(event) || inField(event)) return;
  if (event.key === "Enter") return enter(event);
  const slab = slabOf(event.key);
  const undo = event.key === "F8" && document.querySelector("[data-undo]");
  if (!slab && !undo) return;
  event.preventDefault();
  if (undo) undo.click();
  else if (event.timeStamp - stray >= BURST_MS) choose(slab);
}

// The browser presses a button or a link that has the focus by itself, unless this takes the Enter away.
function enter(event) {
  if (!document.querySelector(".page.counter, .page.rsu")) return;
  if (scanned(event) || !current()) return event.preventDefault();
  const exact = !event.target.closest("a,button") && document.querySelector(".counter .exact, .counter .next");
  if (!exact) return;
  event.preventDefault();
  exact.click();
}

function asked(link) {
  if (!link?.closest("[hx-target='#buyer']")) return;
  left = buyer();
  if (link.matches(".slab")) wish = packageOf(link.href);
}

export function startSell() {
  document.addEventListener("click", (event) => {
    const act = event.target.closest("a.slab, .note, .exact");
    if (act) press(act);
    asked(event.target.closest("a"));
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
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError", "pageshow"])
    window.addEventListener(name, () => { left = null; });
  document.addEventListener("keydown", note, true);
  document.addEventListener("keydown", keys);
  return () => document.querySelector("[data-autofocus]")?.focus();
}
