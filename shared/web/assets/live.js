// Server-sent events: the node says only that something changed; the page is asked for again and its live parts are
// put in place, unless a finger, a mouse or the focus rests on the part. Nothing moves under a finger. What a scanner of
// the unit scanned comes over the same line, at once.
import { lineOf } from "./front.js";

const QUIET_MS = 1200;
const LOST_MS = 3000;
let fingers = 0;
let lastTouch = -QUIET_MS;
let pending = false;
let running = false;
let lostAt = null;

const held = (part) => part.contains(document.activeElement) || part.matches("[data-list]:hover");
// A refused form keeps its input: that page is the answer to a post, and asking for its address would lose it.
const refused = () => document.querySelector(".refusal, .under-dots.bad");
const quiet = () => fingers === 0 && performance.now() - lastTouch > QUIET_MS && !document.querySelector(".pressed, [aria-busy=true]");

function place(next, settle) {
  const [page, wanted] = [document.getElementById("page"), next.getElementById("page")];
  if (!page || !wanted) return;
  if (page.dataset.view !== wanted.dataset.view) return refused() ? undefined : location.reload();
  page.className = wanted.className;
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = next.getElementById(part.id);
    if (!fresh || part.dataset.was === fresh.outerHTML || part.outerHTML === fresh.outerHTML) continue;
    if (held(part)) pending = true;
    else put(part, fresh);
  }
  settle();
}

function put(part, fresh) {
  const html = fresh.outerHTML;
  const node = document.importNode(fresh, true);
  node.dataset.was = html;
  part.replaceWith(node);
  window.htmx?.process(node);
}

async function refresh(settle) {
  pending = true;
  if (running) return;
  running = true;
  while (pending) {
    if (!quiet()) await new Promise((next) => setTimeout(next, 300));
    if (!quiet()) continue;
    pending = false;
    const address = location.href;
    const answer = await fetch(address, { headers: { accept: "text/html", "tillhouse-live": "1" }, cache: "no-store" }).catch(() => null);
    if (!answer?.ok || address !== location.href) continue;
    const text = await answer.text();
    if (!quiet()) pending = true;
    else place(new DOMParser().parseFromString(text, "text/html"), settle);
    if (pending) await new Promise((next) => setTimeout(next, 600));
  }
  running = false;
}

function watchFingers() {
  for (const [name, step] of [["pointerdown", 1], ["pointerup", -1], ["pointercancel", -1]])
    document.addEventListener(name, () => {
      fingers = Math.max(0, fingers + step);
      lastTouch = performance.now();
    }, true);
}

export function startLive(settle) {
  const address = document.querySelector("meta[name=live]")?.content;
  if (!address || !window.EventSource) return;
  watchFingers();
  const source = new EventSource(lineOf(address));
  source.addEventListener("changed", () => refresh(settle));
  source.addEventListener("word", (event) => document.dispatchEvent(new CustomEvent("tillhouse:word", { detail: JSON.parse(event.data) })));
  source.addEventListener("open", () => {
    if (lostAt !== null) refresh(settle);
    lostAt = null;
    document.documentElement.classList.remove("is-lost");
  });
  source.addEventListener("error", () => { lostAt ??= performance.now(); });
  setInterval(() => {
    if (lostAt !== null && performance.now() - lostAt > LOST_MS) document.documentElement.classList.add("is-lost");
  }, 500);
  document.addEventListener("tillhouse:due", () => refresh(settle));
}
