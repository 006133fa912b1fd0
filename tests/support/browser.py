"""A real headless Chromium: windows of the three sizes, logged in, each watched for what must not happen.

A window complains about every error in its console, every broken content policy and every request that leaves its
own node; `tests/browser/conftest.py` turns complaints into failures.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.support.chromium import chromium
from tests.support.demo import RunningDemo

Scheme = Literal["light", "dark"]
SIZES = {"counter": (1024, 768), "07": (360, 640), "12": (360, 640), "hub": (1440, 900), "demo": (1280, 800)}
WAIT_MS_MAX = 30_000
"""How long a page may take for anything: a limit for what never comes, which a busy machine does not reach."""
ANSWERED = ("status of 401", "status of 403", "status of 404", "status of 409", "status of 422")
"""A refusal is an answer; the browser writes it into its console all the same."""


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Chromium without a screen; without its sandbox only where root runs the tests."""
    with sync_playwright() as play:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        british: dict[str, str | float | bool] = {**os.environ, "LANGUAGE": "en_GB"}
        expect.set_options(timeout=WAIT_MS_MAX)
        browser = play.chromium.launch(executable_path=str(chromium()), args=["--lang=en-GB", *arguments], env=british)
        yield browser
        browser.close()


class Windows:
    """Opens pages of the demo and remembers what they complained about."""

    def __init__(self, demo: RunningDemo, browser: Browser) -> None:
        self.demo = demo
        self.browser = browser
        self.complaints: list[str] = []
        self._contexts: list[BrowserContext] = []

    def address(self, place: str) -> str:
        """Where a place is: an edge by its name's end, "hub" or "demo"."""
        if place == "demo":
            return self.demo.page
        return str(self.demo.said["hub"]["url"] if place == "hub" else self.demo.edge(place)["url"])

    def open(
        self, place: str, path: str = "/", *, scheme: Scheme = "light", who: str = "seller", before: str = ""
    ) -> Page:
        """A new window, logged in as `who` of the unit ("" for nobody); `before` runs ahead of the page's scripts."""
        width, height = SIZES[place]
        touch = height == 640
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, has_touch=touch, locale="en-GB"
        )
        context.set_default_timeout(WAIT_MS_MAX)
        self._contexts.append(context)
        if before:
            context.add_init_script(before)
        if who and place != "demo":
            self._log_in(context, place, who)
        page = context.new_page()
        self._watch(page, self.address(place))
        page.goto(self.address(place) + path)
        return page

    def _log_in(self, context: BrowserContext, place: str, role: str) -> None:
        """By the API; the cookie it sets is the one of the pages."""
        if place == "hub":
            path, body = "/api/staff_access/sessions", self.demo.said["hub"]["admin"]
        else:
            person = next(one for one in self.demo.edge(place)["staff"] if one["role"] == role)
            path, body = "/api/identity/sessions", {"name": person["name"], "pin": person["pin"]}
        answer = context.request.post(self.address(place) + path, data=body)
        assert answer.status == 201, answer.text()

    def _watch(self, page: Page, home: str) -> None:
        hosts = {urlsplit(home).netloc}

        def said(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"} and not any(word in message.text for word in ANSWERED):
                self.complaints.append(f"{page.url}: {message.text} ({message.location['url']})")

        def asked(url: str) -> None:
            if urlsplit(url).scheme not in {"data", "blob"} and urlsplit(url).netloc not in hosts:
                self.complaints.append(f"{page.url} asks {url}")

        page.on("console", said)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("request", lambda request: asked(request.url))

    def close(self) -> list[str]:
        """Close every window; what was wrong in them."""
        for context in self._contexts:
            context.close()
        self._contexts.clear()
        wrong, self.complaints = self.complaints, []
        return wrong
