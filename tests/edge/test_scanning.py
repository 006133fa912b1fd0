"""A scan goes to the page in front of this unit, to nobody who is not logged in, and nothing odd goes with it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from edge.devices.scanners.address import ScannerSettingWrong
from edge.devices.scanners.virtual import Trouble, VirtualScanner
from edge.runtime.open_pages import KEPT_MS, PAGES_MAX, OpenPages, Scanned, Unread
from edge.runtime.scanning import TEXT_LETTERS_MAX, Heard, ScannerPlan, Scanning, fit_for_a_page, plans_of
from edge.runtime.sessions import Sessions
from edge.web.site.live import pushes
from tests.devices.scanner_desk import QUICK, TICKET
from tests.support.clock import HandClock
from tests.support.unit import Desk, at_the_unit

ONE, TWO = "a" * 32, "b" * 32
VIRTUAL = ("virtual",)


class Line:
    """A page's live line: the words it was told."""

    def __init__(self) -> None:
        self.words: list[dict[str, Any]] = []


@asynccontextmanager
async def page_open(desk: Desk, page_id: str, token: str) -> AsyncIterator[Line]:
    """A page that listens until the block ends."""
    line, began = Line(), asyncio.Event()

    async def listen() -> None:
        async for message in pushes(desk.unit, page_id, token):
            began.set()
            if message.event == "word":
                line.words.append(msgspec.json.decode(str(message.data)))

    task = asyncio.create_task(listen())
    await began.wait()
    try:
        yield line
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def scanner_of(desk: Desk) -> VirtualScanner:
    """The unit's virtual scanner."""
    found = desk.unit.scanning.virtual()
    assert found is not None
    return found


async def ready(desk: Desk) -> VirtualScanner:
    """The virtual scanner, once it is read."""

    async def is_read() -> bool:
        found = desk.unit.scanning.virtual()
        return found is not None and found.is_read

    await desk.until(is_read)
    return scanner_of(desk)


async def token_of(desk: Desk, name: str = "Mara Kovač") -> str:
    """The token of a new session."""
    return str((await desk.log_in(name)).json()["token"])


async def scanned(desk: Desk, text: str) -> dict[str, Any]:
    """Scan, and what became of it."""
    before = len((await desk.get("/api/devices/virtual-scanner"))["latest"])
    answer = await desk.client.post("/api/devices/virtual-scanner/scan", json={"text": text})
    assert answer.status_code == 200, answer.text
    await desk.until(lambda: more_than(desk, before))
    found: dict[str, Any] = (await desk.get("/api/devices/virtual-scanner"))["latest"][0]
    return found


async def more_than(desk: Desk, count: int) -> bool:
    return len((await desk.get("/api/devices/virtual-scanner"))["latest"]) > count


async def told(line: Line, count: int) -> list[dict[str, Any]]:
    """The words of a line once there are so many."""
    for _ in range(3_000):
        if len(line.words) >= count:
            break
        await asyncio.sleep(0.01)
    return line.words


def test_a_scan_reaches_the_page_that_was_touched_last_and_no_other(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await ready(desk)
        mara, ines = await token_of(desk), await token_of(desk, "Ines Duarte")
        async with page_open(desk, ONE, mara) as one, page_open(desk, TWO, ines) as two:
            assert (await scanned(desk, "AAAA0001"))["taken"] is True
            assert await told(two, 1) == [{"is": "scan", "text": "AAAA0001"}], "it was opened last"
            headers = {"authorization": f"Bearer {mara}"}
            touched = await desk.client.post("/live/touch", json={"page": ONE}, headers=headers)
            assert touched.status_code == 204
            await scanned(desk, "AAAA0002")
            assert await told(one, 1) == [{"is": "scan", "text": "AAAA0002"}]
            assert len(two.words) == 1

    at_the_unit(scene, tmp_path, scanners=VIRTUAL)


def test_no_scan_goes_to_a_page_where_nobody_is_logged_in(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await ready(desk)
        ines, mara = await token_of(desk, "Ines Duarte"), await token_of(desk)
        async with page_open(desk, ONE, ines) as one, page_open(desk, TWO, "") as two:
            assert (await scanned(desk, "AAAA0001"))["taken"] is True
            assert len(await told(one, 1)) == 1
            desk.unit.sessions.end(ines)
            assert (await scanned(desk, "AAAA0002"))["taken"] is False
            desk.unit.pages.touched(TWO, mara)
            await scanned(desk, "AAAA0003")
            assert await told(two, 1) == [{"is": "scan", "text": "AAAA0003"}], "they logged in meanwhile"
            assert len(one.words) == 1

    at_the_unit(scene, tmp_path, scanners=VIRTUAL)


def test_a_scan_during_a_page_load_waits_for_the_page_and_a_stale_one_is_dropped(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await ready(desk)
        mara = await token_of(desk)
        async with page_open(desk, ONE, mara):
            pass
        assert (await scanned(desk, "AAAA0001"))["taken"] is True
        async with page_open(desk, ONE, mara) as one:
            assert await told(one, 1) == [{"is": "scan", "text": "AAAA0001"}]
        desk.clock.forward(KEPT_MS + 1)
        assert (await scanned(desk, "AAAA0002"))["taken"] is False

    at_the_unit(scene, tmp_path, scanners=VIRTUAL)


def test_what_is_no_scan_is_told_as_a_sentence_and_a_doubled_one_once(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        scanner = await ready(desk)
        async with page_open(desk, ONE, await token_of(desk)) as one:
            for trouble in (Trouble.GARBAGE, Trouble.DOUBLED, Trouble.FLOOD):
                scanner.have(trouble)
                await scanned(desk, TICKET)
            words = await told(one, 3)
            assert [word["is"] for word in words] == ["unread", "scan", "unread"]
            assert words[0]["sentence"] == "The scanner sent what cannot be read. Scan again."
            assert [one.again for one in desk.unit.scanning.latest].count(True) == 1

    at_the_unit(scene, tmp_path, scanners=VIRTUAL)


def test_the_scanners_page_and_its_orders_are_for_people_who_are_logged_in(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        await ready(desk)
        page = await desk.page("/virtual-scanner")
        assert "Number to scan" in page.text
        sent = await desk.page("/virtual-scanner/scan", text="7K3M <b>")
        assert (sent.status_code, sent.headers["location"]) == (303, "/virtual-scanner?text=7K3M+%3Cb%3E")
        await desk.until(lambda: more_than(desk, 0))
        shown = (await desk.page(sent.headers["location"])).text
        assert "7K3M &lt;b&gt;" in shown
        assert "No page of this unit is open." in shown
        assert (await desk.page("/virtual-scanner/scan", text=" ")).status_code == 409
        assert (await desk.page("/virtual-scanner/trouble", trouble="unplug")).status_code == 303
        refused = await desk.page("/virtual-scanner/scan", text="7K3M")
        assert "is not read now" in refused.text
        wrong = await desk.client.post("/api/devices/virtual-scanner/trouble", json={"trouble": "tired"})
        assert wrong.status_code == 422
        desk.client.cookies.clear()
        assert (await desk.page("/virtual-scanner")).headers["location"].startswith("/login")
        for path, body in (("scan", {"text": "A"}), ("trouble", {"trouble": ""})):
            assert (await desk.client.post(f"/api/devices/virtual-scanner/{path}", json=body)).status_code == 401

        async def is_absent() -> bool:
            (line,) = await desk.get("/api/devices/scanners")
            return (line["line"], line["state"]) == ("virtual", "absent")

        await desk.until(is_absent)

    at_the_unit(scene, tmp_path, scanners=VIRTUAL)


def test_a_unit_without_scanners_has_no_such_page(tmp_path: Path) -> None:
    async def scene(desk: Desk) -> None:
        assert (await desk.page("/virtual-scanner")).status_code == 404
        assert await desk.get("/api/devices/scanners") == []
        assert (await desk.client.post("/live/touch", json={"page": "../x"})).status_code == 422

    at_the_unit(scene, tmp_path)


def test_letters_that_no_page_may_get_are_left_out() -> None:
    assert fit_for_a_page("\x1d7K\x003M\u202e9Q\r\n") == "7K3M9Q"
    assert fit_for_a_page("5€ Ærø कुछ") == "5€ Ærø कुछ"
    assert fit_for_a_page("\t\x1d\n") == ""


def run(scene: Callable[[Scanning, list[Heard]], Awaitable[None]]) -> None:
    """One scene with scanners that are being read, and what was heard."""

    async def play() -> None:
        heard: list[Heard] = []

        def hear(one: Heard) -> bool:
            heard.append(one)
            return True

        scanning = Scanning(hear, changed=lambda: None, chance=lambda: 0.5, pace=QUICK)
        task = asyncio.create_task(scanning.run())
        try:
            await scene(scanning, heard)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(play())


async def all_read(scanning: Scanning, count: int) -> list[VirtualScanner]:
    """The virtual scanners, once so many are read."""
    for _ in range(3_000):
        found = [scanning.supervisor(one.scanner) for one in scanning.statuses]
        sources = [one.source for one in found if one and isinstance(one.source, VirtualScanner)]
        if len(sources) == count and all(source.is_read for source in sources):
            return sources
        await asyncio.sleep(0.01)
    raise AssertionError(f"they are never read: {scanning.statuses}")


def test_scanners_come_and_go_at_work_and_those_that_stay_go_on() -> None:
    async def scene(scanning: Scanning, heard: list[Heard]) -> None:
        left, right = ScannerPlan("left", "virtual"), ScannerPlan("right", "virtual")
        scanning.use((left, right))
        one, two = await all_read(scanning, 2)
        await one.scan(TICKET)
        await two.scan(TICKET)
        await two.scan("B")
        assert [outcome.again for outcome in scanning.latest] == [False, True, False], "two that see one ticket"
        one.have(Trouble.UNPLUG)
        scanning.use((right,))
        assert await all_read(scanning, 1) == [two]
        await two.scan("C" * (TEXT_LETTERS_MAX + 1))
        assert [(each.scanner, each.text[:2]) for each in heard] == [("left", "7K"), ("right", "B"), ("right", "")]
        assert heard[-1].problem.startswith("The scanner sent more than a code can hold.")

    run(scene)


@pytest.mark.parametrize(
    ("plans", "problem"),
    [
        ([ScannerPlan("a", "serial:/dev/ttyS0"), ScannerPlan("b", "serial:/dev/ttyS0@19200")], "the same"),
        ([ScannerPlan("a", "virtual"), ScannerPlan("a", "virtual")], "the same"),
        ([ScannerPlan("a", "smoke")], "another form"),
        ([ScannerPlan(str(number), "virtual") for number in range(17)], "16 scanners at most"),
    ],
)
def test_scanners_that_cannot_be_are_refused_and_nothing_changes(plans: list[ScannerPlan], problem: str) -> None:
    async def scene(scanning: Scanning, heard: list[Heard]) -> None:
        scanning.use((ScannerPlan("desk", "virtual"),))
        with pytest.raises(ScannerSettingWrong, match=problem):
            scanning.use(plans)
        assert len(await all_read(scanning, 1)) == 1

    run(scene)


def test_the_setting_names_lines_with_their_profiles() -> None:
    assert plans_of(("virtual", "serial:/dev/ttyACM0@9600  honeywell ")) == (
        ScannerPlan("virtual", "virtual"),
        ScannerPlan("serial:/dev/ttyACM0@9600", "serial:/dev/ttyACM0@9600", "honeywell"),
    )


def test_pages_are_remembered_only_so_many_and_those_that_hear_stay() -> None:
    clock = HandClock()
    sessions = Sessions(clock, lambda: b"t" * 32)
    token = sessions.open(staff_id=uuid4(), name="Mara", role="seller")
    pages = OpenPages(sessions, lambda: 0)
    with pages.listening(ONE, token) as ear:
        for number in range(2 * PAGES_MAX):
            pages.touched(f"{number:032x}", "")
        assert pages.tell(Scanned("A"))
        assert pages.tell(Unread("No."))
        assert [ear.take(0), ear.take(0), ear.take(0)] == [Scanned("A"), Unread("No."), None]
        with pages.listening(ONE, token) as newer:
            pages.tell(Scanned("B"))
            assert (ear.take(0), newer.take(0)) == (None, Scanned("B")), "the newest line of a window hears"
