"""A copied card and a restored backup in a real browser: found, stopped, enrolled anew, decided by two, closed."""

import asyncio
import shutil
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser, Page, expect

from edge.runtime.enrol import enrol
from hub.runtime.postgres_address import PostgresAddress
from tests.browser.looks import complaints
from tests.support.browser import WAIT_MS_MAX
from tests.support.hub import running_hub
from tests.support.hub_web import PASSWORD, add_login
from tests.support.limits import WAIT_S_MAX
from tests.support.sync import until
from tests.sync.test_coming_back import Night, a_night
from tests.sync.test_enrolment import holds, settings, world

T = TypeVar("T")
TICK_S = 0.25
LEVEL = "everything uploaded"


class House:
    """A hub on the air with one handheld, in a loop of its own thread: the browser's driver has this one."""

    night: Night

    def __init__(self, address: PostgresAddress, folder: Path) -> None:
        self._address, self._folder = address, folder
        self._loop = asyncio.new_event_loop()
        self._ready, self._over = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))

    async def _run(self) -> None:
        async with running_hub(self._address, self._folder) as running:
            for login in ("ada", "ben"):
                await add_login(running, "manager", login)
            async with a_night(running, self._folder) as night:
                self.night = night
                self._ready.set()
                while not self._over.is_set():
                    running.clock.forward(round(TICK_S * 1_000))
                    with suppress(TimeoutError):
                        async with asyncio.timeout(TICK_S):
                            await self._over.wait()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run it in the house's loop; what it gives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT_S_MAX)

    def open(self) -> None:
        """Begin; returns when the hub serves."""
        self._thread.start()
        assert self._ready.wait(WAIT_S_MAX), "the hub did not come up"

    def close(self) -> None:
        """End, and wait for it."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(WAIT_S_MAX)
        self._loop.close()


@pytest.fixture
def house(migrated: PostgresAddress, tmp_path: Path) -> Iterator[House]:
    """The house, open."""
    made = House(migrated, tmp_path)
    made.open()
    yield made
    made.close()


@contextmanager
def logged_in(browser: Browser, house: House, login: str) -> Iterator[Page]:
    """A window at head office that complains about nothing."""
    context = browser.new_context(
        ignore_https_errors=True, viewport={"width": 1440, "height": 900}, locale="en-GB", reduced_motion="reduce"
    )
    context.set_default_timeout(WAIT_MS_MAX)
    wrong: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    try:
        page.goto(house.night.air.url)
        page.fill("[name=login]", login)
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("What needs you now")
        yield page
    finally:
        context.close()
    assert wrong == []


async def a_cloned_card(night: Night) -> None:
    """The card was copied after the first sale; both copies sold, and both came back."""
    clone = night.folder.with_name("clone")
    async with night.unit() as unit:
        await night.ready(unit)
        await night.sell(unit)
        await night.level(unit)
    shutil.copytree(night.folder, clone)
    await night.sell_offline(clone, 2)
    await night.sell_offline(night.folder, 1)
    async with night.unit(clone) as copied:
        await night.level(copied)
        async with night.unit() as unit:
            await until(lambda: holds(unit, "hub:forked"), "the card is told")
            await night.level(unit)


async def a_restored_backup(night: Night) -> None:
    """Somebody put an old backup back, which sold again what was sold."""
    backup = night.folder.with_name("backup")
    async with night.unit() as unit:
        await night.ready(unit)
        await night.sell(unit)
        await night.level(unit)
    shutil.copytree(night.folder, backup)
    async with night.unit() as unit:
        await night.sell(unit, 2)
        await night.level(unit)
    shutil.rmtree(night.folder)
    shutil.copytree(backup, night.folder)
    await night.sell_offline(night.folder, 1)
    async with night.unit() as unit:
        await until(lambda: holds(unit, "hub:forked"), "it is told")
        await night.level(unit)


async def sell_under_the_new_epoch(night: Night, code: str) -> int:
    """Type the code at the unit, which then sells two; under which epoch."""
    await enrol(settings(night.folder), world(), code)
    async with night.unit() as unit:
        await night.ready(unit)
        await night.sell(unit, 2)
        await night.level(unit)
        return unit.owner.epoch


def looks_right(page: Page) -> None:
    """In both themes, and in a narrow window."""
    page.bring_to_front()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        assert complaints(page) == []
    page.set_viewport_size({"width": 800, "height": 900})
    assert complaints(page) == []
    page.set_viewport_size({"width": 1440, "height": 900})


@pytest.mark.parametrize("story", [a_cloned_card, a_restored_backup])
def test_two_histories_are_found_enrolled_anew_decided_by_two_people_and_closed(
    house: House, browser: Browser, story: Callable[[Night], Awaitable[None]]
) -> None:
    house.do(_told(story, house.night))
    with logged_in(browser, house, "ada") as ada:
        ada.reload()
        expect(ada.locator("#troubles")).to_contain_text("Two histories of RSU 07")
        expect(ada.locator("#many-now b")).to_be_visible()
        expect(ada.locator("#many-cases b")).to_have_text("1")
        ada.click("#troubles >> text=Open case")
        expect(ada.locator(".case-side")).to_have_count(2)
        expect(ada.locator("#case-summary")).to_contain_text("2 sales disputed on both sides, $10.")
        looks_right(ada)
        _enrol_anew(house, ada)
        _sign_alone(ada)
        with logged_in(browser, house, "ben") as ben:
            _sign_the_same(ben, ada.url)
        expect(ada.locator("#case-summary")).to_contain_text("Every sale is decided.")
        ada.click("summary:has-text('Close the case')")
        ada.fill("[name=outcome] >> visible=true", "Side A had the cash.")
        ada.click("text=Close it")
        expect(ada.locator("h1 .tag")).to_have_text("Closed")
        looks_right(ada)
        ada.click("nav >> text=Cases")
        expect(ada.locator("#cases")).to_contain_text("No case is open")
        looks_right(ada)
    # The common sale, the kept one, the one that met nobody, and two of the new epoch.
    assert house.do(house.night.sold_minor()) == (1 + 1 + 1 + 2) * 500


async def _told(story: Callable[[Night], Awaitable[None]], night: Night) -> None:
    await story(night)


def _enrol_anew(house: House, ada: Page) -> None:
    """Stop, Confirm, the code; then typed at the unit, which sells; the case says so."""
    case = ada.url
    ada.click("summary:has-text('Stop RSU 07, enrol it anew')")
    looks_right(ada)
    ada.click("button:has-text('Confirm')")
    code = ada.locator("#whole-code").input_value()
    assert house.do(sell_under_the_new_epoch(house.night, code)) == 2
    expect(ada.locator("#code-state")).to_contain_text("RSU 07 enrolled. It may sell.")
    ada.goto(case)
    expect(ada.locator("#case-known")).to_contain_text("Enrolled anew")


def _sign_alone(ada: Page) -> None:
    """One signature decides nothing, and nobody gives two."""
    case = ada.url
    for said in ("Signed. It is done once a second person signs the same.", "You signed already."):
        ada.goto(case)
        ada.click("text=Decide disputed sales")
        ada.click("text=Keep all of A")
        expect(ada.locator("input:checked")).to_have_count(2)
        looks_right(ada)
        ada.click("button:has-text('Sign')")
        expect(ada.locator(".note-line, .refusal")).to_contain_text(said)
    looks_right(ada)
    ada.goto(case)


def _sign_the_same(ben: Page, case: str) -> None:
    """The second person sees what the first one signed, and signs that."""
    ben.goto(case)
    ben.click("text=Decide disputed sales")
    expect(ben.locator(".one-signed")).to_contain_text("Ada L signed at")
    ben.click("button:has-text('Sign the same')")
    expect(ben.locator(".note-line")).to_contain_text("Decided. What is kept counts again.")
