"""The bytes of an entry are frozen: journals written today are read, hashed and verified for ever."""

from pathlib import Path
from uuid import UUID

from shared.domain.raffle.facts import SoldRange, TicketsSold
from shared.domain.slices import ALL
from shared.journal.chain import Sealed, empty_tip, follow, seal
from shared.journal.entry import Entry
from tests.journal.histories import UNIT, stamp

GOLDEN = Path(__file__).parent / "golden" / "envelope-v1.bin"
ADVICE = (
    "The bytes of an envelope or of raffle.tickets_sold v1 changed. Journals in the field hold the old bytes: put the "
    "old order and names of fields back, or give the fact a new version with an upcasting step and a golden of its own."
)
SALE = TicketsSold(
    sale_id=UUID(int=0x51),
    event_id=UUID(int=0x52),
    package_id=UUID(int=0x53),
    seller_id=UUID(int=0x54),
    ticket_count=10,
    amount_minor=1_000,
    currency="USD",
    tender="cash",
    received_minor=2_000,
    reference="",
    validation_number="00031N1SBFC7EPW9STSQ3",
    ranges=(SoldRange(UUID(int=0x55), 100_001, 102_000, 100_001, 100_010),),
)


def _sealed() -> Sealed:
    return seal(UNIT, empty_tip(UNIT), stamp(1), [(UUID(int=0x56), SALE)])[0][0]


def test_a_sale_is_written_in_the_same_bytes_as_at_the_first_release() -> None:
    assert _sealed().data == GOLDEN.read_bytes(), ADVICE


def test_the_bytes_of_the_first_release_are_still_read_and_verified() -> None:
    [read] = follow(UNIT, empty_tip(UNIT), [GOLDEN.read_bytes()])
    envelope = read.envelope
    assert ALL.facts.read(envelope.type, envelope.version, envelope.body) == SALE, ADVICE
    assert Entry(envelope, read.hash, SALE, UNIT).chain_piece == "81CC A261", ADVICE
