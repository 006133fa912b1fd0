"""Feed pages as an edge reads them: only the hub's own next page moves its rows, and it sells on whatever comes."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge.runtime.database import migrate
from edge.sync.pages import PageUnfit, apply_page
from shared.domain.identity.rows import VenueRow
from shared.domain.slices import ALL
from shared.journal.entry import Owner
from shared.journal.signing import NodeKey, SignedDocument
from shared.kernel.codec import decode, encode
from shared.kernel.errors import EvidenceError
from shared.kernel.limits import FEED_PAGE_CHANGES_MAX
from shared.sync.feed import FEED_TAG, FeedChange, FeedPage, read_page, sign_page
from tests.support.profile import EACH
from tests.sync.bad_input.strategies import BODIES, DAMAGE, NUMBERS, TEXTS, VALUES, claims

HUB = NodeKey(b"\x01" * 32, b"\x02" * 32)
FEEDER = Owner(UUID(int=0xA), UUID(int=0xB), 1)
VENUE = UUID(int=0xC)


def venue(name: str = "Harbour Stand", owner: Owner = FEEDER) -> VenueRow:
    """The row that a page brings."""
    return VenueRow(
        owner=owner, venue_id=VENUE, name=name, place="Section D", zone="Europe/London", cutoff_min=300
    )  # fmt: skip


def page(*changes: FeedChange, since: int = 0, upto: int = 1, **other: Any) -> bytes:
    """A page signed by the hub."""
    made = FeedPage(
        org=FEEDER.org_id, feeder=FEEDER.node_id, feeder_epoch=1, generation=1, since=since, upto=upto, end=True,
        signed_ms=1, changes=list(changes),
    )  # fmt: skip
    return sign_page(msgspec.structs.replace(made, **other), HUB)


def change(row: VenueRow, position: int = 1) -> FeedChange:
    """A row as it goes out."""
    return FeedChange(position, "identity_venue", encode((row.venue_id,)), False, encode(row))


class Rows:
    """An edge's database, taking pages as its line does: rows and cursor in one transaction, or nothing."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("PRAGMA foreign_keys = ON")
        self.since = 0

    def take(self, data: bytes) -> bool:
        """Whether the page moved anything."""
        self.db.execute("BEGIN")
        try:
            found = read_page(data, feeder_key=HUB.sign_public, org=FEEDER.org_id, since=self.since)
            apply_page(self.db, found)
        except EvidenceError:
            self.db.execute("ROLLBACK")
            return False
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")
        self.since = found.upto
        return True

    def venue_name(self) -> str:
        """What this edge calls its venue."""
        return str(self.db.execute("SELECT name FROM identity_venue").fetchone()[0])

    def goes_on(self) -> None:
        """The hub's next page is taken as if nothing had been."""
        name = f"Stand {self.since}"
        assert self.take(page(change(venue(name)), since=self.since, upto=self.since + 1))
        assert self.venue_name() == name


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rows]:
    """An edge that has read its first page."""
    folder = tmp_path_factory.mktemp("edge")
    migrate(folder / "template.db")
    shutil.copyfile(folder / "template.db", folder / "edge.db")
    found = Rows(folder / "edge.db")
    assert found.take(page(change(venue())))
    yield found
    found.db.close()


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_page_moves_nothing(rows: Rows, kind: str) -> None:
    @given(DAMAGE[kind], st.booleans())
    @EACH
    def spoil(damage: Any, inside: bool) -> None:
        whole = page(change(venue("Wrong")), since=rows.since, upto=rows.since + 1)
        document = decode(whole, SignedDocument)
        name = rows.venue_name()
        data = encode(SignedDocument(FEED_TAG, damage.of(document.payload), document.signature))
        assert not rows.take(data if inside else damage.of(whole))
        assert rows.venue_name() == name

    spoil()
    rows.goes_on()


@pytest.mark.parametrize("kind", ["another key", "another organisation", "a replay", "a gap", "another's rows"])
def test_a_page_of_somebody_else_or_of_another_place_moves_nothing(rows: Rows, kind: str) -> None:
    @given(st.uuids(), st.integers(1, 2**40))
    @EACH
    def forge(stranger: UUID, far: int) -> None:
        since = rows.since
        wrong = change(venue("Wrong"))
        made = {
            "another key": lambda: NodeKey(stranger.bytes * 2, stranger.bytes * 2).document(
                FEED_TAG, decode(page(wrong, since=since), SignedDocument).payload
            ),
            "another organisation": lambda: page(wrong, since=since, org=stranger),
            "a replay": lambda: page(wrong, since=max(0, since - far), upto=since),
            "a gap": lambda: page(wrong, since=since + far, upto=since + far + 1),
            "another's rows": lambda: page(
                change(venue("Wrong", Owner(FEEDER.org_id, stranger, 1))), since=since, upto=since + 1
            ),
        }
        name = rows.venue_name()
        if kind != "a replay" or since:
            assert not rows.take(made[kind]())
        assert rows.venue_name() == name

    forge()
    rows.goes_on()


def test_what_a_later_hub_sends_is_passed_over_or_refused_whole(rows: Rows) -> None:
    kinds = st.sampled_from(sorted(kind.TABLE.full_name for kind in ALL.feeds)) | TEXTS

    @example("identity_venue", {}, None, True, 1)
    @example("identity_venue", [VENUE.bytes, 2], None, True, 1)
    @given(kinds, VALUES, VALUES, st.booleans(), NUMBERS)
    @EACH
    def later(kind: str, key: Any, row: Any, gone: bool, position: int) -> None:
        odd = FeedChange(position, kind, encode(key), gone, encode(row))
        assert rows.venue_name()
        try:
            rows.take(page(odd, since=rows.since, upto=rows.since))
        except OverflowError:
            return

    later()
    rows.goes_on()


def test_rows_with_any_number_and_any_text_are_taken_or_refused_whole(rows: Rows) -> None:
    @example("", "", "", 2**63, {})
    @given(TEXTS, TEXTS, TEXTS, NUMBERS, BODIES)
    @EACH
    def odd(name: str, place: str, zone: str, minutes: int, more: dict[str, Any]) -> None:
        row = msgspec.structs.replace(venue(), name=name, place=place, zone=zone, cutoff_min=minutes)
        fields = {f"later {field}": value for field, value in more.items()} | decode(encode(row), dict[str, Any])
        brought = FeedChange(1, "identity_venue", encode((VENUE,)), False, encode(fields))
        rows.take(page(brought, since=rows.since, upto=rows.since))

    odd()
    rows.goes_on()


def test_a_page_of_more_changes_than_a_page_has_moves_nothing(rows: Rows) -> None:
    @given(st.integers(1, 200))
    @EACH
    def grow(more: int) -> None:
        since, name = rows.since, rows.venue_name()
        changes = [change(venue("Wrong"))] * (FEED_PAGE_CHANGES_MAX + more)
        data = page(*changes, since=since, upto=since + 1)
        found = read_page(data, feeder_key=HUB.sign_public, org=FEEDER.org_id, since=since)
        with pytest.raises(PageUnfit, match=str(FEED_PAGE_CHANGES_MAX)):
            apply_page(rows.db, found)
        assert not rows.take(data)
        assert rows.venue_name() == name

    grow()
    rows.goes_on()


def test_pages_in_another_order_are_taken_in_their_own(rows: Rows) -> None:
    @given(st.permutations(range(4)))
    @EACH
    def shuffle(order: list[int]) -> None:
        began = rows.since
        pages = [
            page(change(venue(f"Stand {place}")), since=began + place, upto=began + place + 1) for place in range(4)
        ]
        due = 0
        for place in [*order, *order, *order, *order]:
            assert rows.take(pages[place]) == (place == due)
            due += place == due
        assert (rows.since, rows.venue_name()) == (began + 4, "Stand 3")

    shuffle()
    rows.goes_on()


def test_a_claim_of_more_than_there_is_moves_nothing(rows: Rows) -> None:
    @given(claims(b"\xdd"), claims(b"\xdf"))
    @EACH
    def grow(array: bytes, table: bytes) -> None:
        for claim in (array, table):
            assert not rows.take(claim)
            assert not rows.take(HUB.document(FEED_TAG, claim))

    grow()
    rows.goes_on()
    assert issubclass(PageUnfit, EvidenceError)
