// Which window is in front: each says when it was touched, and the unit gives a scan to the one touched last. A window
// keeps its id over page loads, so that a page that loads itself anew takes nothing from another. At the door nobody is
// logged in, so no scan comes and nothing is told.
const TELL_MS = 300;
const BYTES = 16;

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(BYTES));
  const id = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  sessionStorage.setItem("page", id);
  return id;
}

// The address of the live line, with this window's id where scans come over it.
export function lineOf(address) {
  const touch = document.querySelector("meta[name=scans]")?.content;
  if (!touch) return address;
  const page = sessionStorage.getItem("page") ?? newId();
  watchTouches(touch, page);
  return `${address}?page=${page}`;
}

function watchTouches(address, page) {
  let told = -TELL_MS;
  let due = null;
  const tell = () => {
    due = null;
    if (document.querySelector("#page[data-view=login]")) return;
    told = performance.now();
    const headers = { "content-type": "application/json", "tillhouse-live": "1" };
    fetch(address, { method: "POST", headers, body: JSON.stringify({ page }), keepalive: true }).catch(() => {});
  };
  const touched = () => { due ??= setTimeout(tell, Math.max(0, TELL_MS - (performance.now() - told))); };
  for (const name of ["pointerdown", "keydown", "htmx:afterSettle"]) document.addEventListener(name, touched, true);
  addEventListener("focus", touched);
}
