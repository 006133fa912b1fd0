"""Windows for the tests of this folder. The browser ends with the folder: its driver keeps an event loop running."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browser import Windows, running_browser
from tests.support.demo import RunningDemo


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One real Chromium for all of them."""
    with running_browser() as started:
        yield started


@pytest.fixture
def windows(demo: RunningDemo, browser: Browser) -> Iterator[Windows]:
    """Opens pages; afterwards none of them may have complained."""
    opened = Windows(demo, browser)
    yield opened
    assert opened.close() == []
