"""Notes, business days, batteries, settings, the revision of the database: the small parts of a unit."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from edge.devices.lines.address import PrinterSettingWrong, parse_line
from edge.runtime.battery import battery_percent
from edge.runtime.database import NEWEST, alembic_config, migrate
from edge.runtime.moving import is_revoked
from edge.runtime.settings import Settings
from edge.web.identity.forms import page_of_here
from edge.web.raffle.notes import next_notes
from edge.web.raffle.till import day_start_ms
from shared.kernel.clock import paper_text
from shared.kernel.money import Money
from tests.support.torn import tear_table

LONDON_NOON_MS = 1_795_003_200_000


@pytest.mark.parametrize(
    ("price", "notes"),
    [(500, [1_000, 2_000, 5_000]), (1_000, [2_000, 5_000, 10_000]), (2_000, [4_000, 5_000, 10_000])],
)
def test_the_next_three_notes_are_those_that_a_buyer_has(price: int, notes: list[int]) -> None:
    found = next_notes(Money(price, "USD"))
    assert [note.received.minor for note in found] == notes
    assert all(note.change == note.received - Money(price, "USD") for note in found)


@pytest.mark.parametrize("currency", ["USD", "JPY", "BHD", "XXX"])
@pytest.mark.parametrize("price", [0, 1, 99, 1_000, 9_999, 123_456, 10**9])
def test_every_price_has_three_notes_above_it(price: int, currency: str) -> None:
    amounts = [note.received.minor for note in next_notes(Money(price, currency))]
    assert len(amounts) == 3
    assert amounts == sorted(amounts)
    assert amounts[0] > price


def test_a_business_day_begins_at_the_cut_off_of_the_venues_clock() -> None:
    start = day_start_ms(LONDON_NOON_MS, "Europe/London", 300)
    assert paper_text(start, "Europe/London") == "2026-11-18 05:00"
    before = day_start_ms(start - 1, "Europe/London", 300)
    assert paper_text(before, "Europe/London") == "2026-11-17 05:00"


def test_a_unit_without_a_battery_shows_none(tmp_path: Path) -> None:
    assert battery_percent(tmp_path / "nothing") is None
    (tmp_path / "BAT0").mkdir()
    assert battery_percent(tmp_path) is None
    (tmp_path / "BAT0" / "type").write_text("Battery\n")
    (tmp_path / "BAT0" / "capacity").write_text("41\n")
    assert battery_percent(tmp_path) == 41


def test_the_revision_that_opens_without_migrations_is_the_newest() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_current_head() == NEWEST


@pytest.mark.parametrize("printer", ["foo", "tcp:", "tcp:host", "tcp::9100", "tcp:host:0", "tcp:host:99999", "usb:1:2"])
def test_a_printer_setting_that_names_none_is_explained(printer: str) -> None:
    with pytest.raises(PrinterSettingWrong, match="tcp:HOST:PORT"):
        parse_line(printer)


@pytest.mark.parametrize("back", ["", "sell", "//evil.test", "/\\evil.test", "https://evil.test", "/login", "/a\nb"])
def test_a_login_leads_to_pages_of_this_unit_only(back: str) -> None:
    assert page_of_here(back) == "/sell"
    assert page_of_here("/lookup?q=104231") == "/lookup?q=104231"


def test_a_torn_database_does_not_say_that_its_unit_is_revoked_and_keeps_nobody_from_enrolling(tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path, port=0)
    assert not is_revoked(settings)
    migrate(settings.database)
    with closing(sqlite3.connect(settings.database)) as db, db:
        db.execute("INSERT INTO hold (cause, detail, since_ms) VALUES ('hub', 'revoked', 0)")
    assert is_revoked(settings)
    tear_table(settings.database, "hold")
    assert not is_revoked(settings)
    settings.database.write_bytes(b"no database at all" * 400)
    assert not is_revoked(settings)
