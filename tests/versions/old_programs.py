"""Release 0.1.0 and the program of today against each other, as real processes: nothing is lost either way.

Each scenario sells, undoes one sale, uploads, and compares both sides to the cent.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.support.demo import wait_for
from tests.versions.evening import House, level, sell_some
from tests.versions.programs import Program

Scenario = Callable[[Path, Program, Program], None]


def an_old_handheld_sells_with_todays_hub(folder: Path, old: Program, new: Program) -> None:
    """Its keys and membership are there; its database is made by the old program."""
    house = House(folder)
    with house.hub(new, tls=True) as office:
        office.prepare()
        house.enrol(new)
        copy = folder / "old-unit"
        copy.mkdir(mode=0o700)
        for name in ("node.key", "membership.json"):
            shutil.copy2(house.unit / name, copy / name)
        with house.handheld(old, office.url, copy) as till:
            minor = sell_some(till)
            level(till, office, minor)
        with house.handheld(old, office.url, copy) as till:
            level(till, office, minor)
            minor += sell_some(till)
            level(till, office, minor)


def todays_handheld_sells_with_an_old_hub(folder: Path, old: Program, new: Program) -> None:
    """The hub of 0.1.0 knows no pairing: the old command's membership is what the new program reads."""
    house = House(folder)
    with house.hub(old, tls=False) as office:
        office.prepare()
        house.join(old)
        with house.handheld(new, office.url) as till:
            minor = sell_some(till)
            level(till, office, minor)
        with house.handheld(new, office.url) as till:
            minor += sell_some(till)
            level(till, office, minor)


def an_old_house_is_upgraded_in_the_middle_of_an_event(folder: Path, old: Program, new: Program) -> None:
    """Hub and handheld of 0.1.0, sales waiting on the handheld; both are opened by today's program and go on."""
    house = House(folder)
    with house.hub(old, tls=False) as office:
        office.prepare()
        house.join(old)
        with house.handheld(old, office.url) as till:
            minor = sell_some(till)
            level(till, office, minor)
        nowhere = "http://127.0.0.1:9"
        with house.handheld(old, nowhere) as till:
            minor += sell_some(till)
            assert till.waiting() > 0
    with house.hub(new, tls=True) as office, house.handheld(new, office.url) as till:
        level(till, office, minor)
        minor += sell_some(till)
        level(till, office, minor)


def a_hub_is_upgraded_before_its_handhelds(folder: Path, old: Program, new: Program) -> None:
    """The old handheld goes on with the upgraded hub, and is upgraded later, on the same night."""
    house = House(folder)
    with house.hub(old, tls=False) as office:
        office.prepare()
        house.join(old)
        with house.handheld(old, office.url) as till:
            minor = sell_some(till)
            level(till, office, minor)
    with house.hub(new, tls=True) as office:
        with house.handheld(old, office.url) as till:
            minor += sell_some(till)
            level(till, office, minor)
        with house.handheld(new, office.url) as till:
            minor += sell_some(till)
            level(till, office, minor)
            wait_for("the line is up", lambda: till.get("/api/sync/status")["connected"])


SCENARIOS: tuple[Scenario, ...] = (
    an_old_handheld_sells_with_todays_hub,
    todays_handheld_sells_with_an_old_hub,
    an_old_house_is_upgraded_in_the_middle_of_an_event,
    a_hub_is_upgraded_before_its_handhelds,
)
