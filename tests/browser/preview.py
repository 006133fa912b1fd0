"""Renders every page with example views and takes pictures: `python -m tests.browser.preview [name part] …`.

Not shipped. The pages are served with the same strict content policy as by a node, so a broken rule shows here first.
"""

import io
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, sync_playwright

from shared.web.templates import BUILT, environment
from tests.browser.demo_views import demo_page
from tests.browser.edge_views import COUNTER_VIEWS, RSU_VIEWS
from tests.browser.hub_views import HUB_VIEWS
from tests.browser.stop_views import stop_pages

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "build" / "preview"
SIZES = {"rsu": (360, 640), "counter": (1024, 768), "hub": (1440, 900), "demo": (1280, 800)}
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
STOP = threading.Event()


def pages() -> dict[str, str]:
    """Every page by name, rendered."""
    edge, hub = environment([ROOT / "edge/web"]), environment([ROOT / "hub/web"])
    rsu, counter = RSU_VIEWS | dict(stop_pages("rsu")), COUNTER_VIEWS | dict(stop_pages("counter"))
    views = [(edge, rsu), (edge, counter), (hub, HUB_VIEWS)]
    found = {"demo": demo_page(BUILT)}
    for env, group in views:
        for name, (template, view) in group.items():
            names: dict[str, Any] = {"view": view, "page": getattr(view, "page", None)}
            found[name] = env.get_template(template).render(**names)
    return found


def paper() -> bytes:
    """A strip of paper with a black bar, in place of a printer's picture."""
    strip = Image.new("L", (384, 440), 255)
    ImageDraw.Draw(strip).rectangle((20, 100, 364, 140), fill=0)
    written = io.BytesIO()
    strip.save(written, "PNG")
    return written.getvalue()


class Handler(BaseHTTPRequestHandler):
    """Pages by name, static files, and a live stream that stays silent."""

    pages: dict[str, str]

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path == "/live":
            self._send("text/event-stream", b": calm\n\n")
            STOP.wait()
        elif path in {"/demo.css", "/demo.js"}:
            self._file(ROOT / "shared/demo" / path.rsplit("/", 1)[1])
        elif path.startswith("/static/"):
            self._file(BUILT / path.removeprefix("/static/"))
        elif path.endswith(".png"):
            self._send("image/png", paper())
        else:
            self._send("text/html; charset=utf-8", self.pages.get(path[1:], "no such page").encode())

    def _file(self, path: Path) -> None:
        if path.is_file():
            self._send(TYPES.get(path.suffix, "application/octet-stream"), path.read_bytes())
        else:
            self.send_error(404)

    def _send(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *args: Any) -> None:
        """Say nothing a request."""


def shoot(browser: Browser, address: str, name: str, scheme: Any) -> list[str]:
    """One picture; the answer lists what the browser complained about and where the page is wider than its window."""
    width, height = SIZES[name.partition("-")[0]]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    tab, said = context.new_page(), []
    tab.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(f"{address}/{name}")
    tab.evaluate("document.fonts.ready")
    tab.wait_for_timeout(300)
    if tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
        said.append("scrolls sideways")
    said += tab.evaluate(SMALL_TARGETS)
    if name == "rsu-login":
        for digit in "1111":
            tab.click(f"[data-key='{digit}']")
        tab.mouse.move(0, 0)
        tab.wait_for_timeout(150)
    tab.screenshot(path=OUT / f"{name}-{scheme}.png")
    context.close()
    return [f"{name}: {line}" for line in said]


SMALL_TARGETS = """[...document.querySelectorAll('a,button,select,input:not([type=hidden])')]
  .filter(e => e.offsetParent)
  .map(e => [e, e.getBoundingClientRect(), e.matches('.strip *')])
  .filter(([e, r, strip]) => r.width && (r.height < 47.5 && !strip || r.width < 47.5 && !strip))
  .map(([e, r]) => `small target ${e.className} ${e.textContent.trim().slice(0, 20)} ${r.width|0}x${r.height|0}`)"""


@contextmanager
def served() -> Iterator[str]:
    """All pages on the air; at which address."""
    Handler.pages = pages()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        STOP.set()
        server.shutdown()


def main(parts: list[str]) -> None:
    """Take all pictures, or those whose name holds one of `parts`."""
    OUT.mkdir(parents=True, exist_ok=True)
    with served() as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name in Handler.pages:
            if parts and not any(part in name for part in parts):
                continue
            for scheme in ("light", "dark"):
                for line in shoot(browser, address, name, scheme):
                    sys.stdout.write(line + "\n")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
