"""One changed byte anywhere in an archive, and the verifier says so; it never falls over."""

from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.journal.archive import END, MAGIC
from tests.journal.histories import KEY, UNIT
from tests.support.profile import EACH
from tests.verifier.nights import Night, certificate_of, in_file, small_night, verify

CERTIFICATE = certificate_of(UNIT, KEY.sign_public)
CLASSES = ("sold", "disputed", "void")


@pytest.fixture
def whole(tmp_path: Path) -> bytes:
    """A sound archive with a receipt in the middle."""
    return in_file(tmp_path / "sound", small_night().archived(receipts=(3,), certificate=CERTIFICATE)).read_bytes()


def _spoilt(tmp_path: Path, data: bytes) -> tuple[int, int]:
    """The verifier's exit code and the first bad seq."""
    path = tmp_path / "spoilt"
    path.write_bytes(data)
    code, said = verify(path)
    return code, said["bad"][0]["seq"] if said["bad"] else -1


def test_the_bytes_of_every_entry_are_held_and_their_entry_named(tmp_path: Path, whole: bytes) -> None:
    for seq, sealed in enumerate(small_night().sealed, start=1):
        begin = whole.index(sealed.data)
        for at in range(begin, begin + len(sealed.data), 3):
            data = bytearray(whole)
            data[at] ^= 1 << at % 8
            assert _spoilt(tmp_path, bytes(data)) == (1, seq), at


@given(st.data())
@EACH
def test_one_changed_byte_anywhere_is_found(tmp_path: Path, whole: bytes, chance: st.DataObject) -> None:
    at = chance.draw(st.integers(0, len(whole) - 1))
    data = bytearray(whole)
    data[at] ^= chance.draw(st.integers(1, 255))
    code, seq = _spoilt(tmp_path, bytes(data))
    assert (code, seq >= 1) == (1, True) if at >= len(MAGIC) else (2, False)


def test_every_byte_outside_the_entries_is_held(tmp_path: Path, whole: bytes) -> None:
    entries = small_night().sealed
    first, last = whole.index(entries[0].data), whole.index(entries[-1].data) + len(entries[-1].data)
    for at in [*range(len(MAGIC), first), *range(last, len(whole))]:
        data = bytearray(whole)
        data[at] ^= 0x01
        assert _spoilt(tmp_path, bytes(data))[0] == 1, at


@given(st.data())
@EACH
def test_bytes_taken_out_put_in_or_replaced_are_found(tmp_path: Path, whole: bytes, chance: st.DataObject) -> None:
    at = chance.draw(st.integers(0, len(whole)))
    end = chance.draw(st.integers(at, len(whole)))
    data = whole[:at] + chance.draw(st.binary(max_size=40)) + whole[end:]
    if data != whole:
        assert _spoilt(tmp_path, data)[0] in (1, 2)


@given(st.binary(max_size=400))
@EACH
def test_random_bytes_are_no_archive(tmp_path: Path, noise: bytes) -> None:
    assert _spoilt(tmp_path, noise)[0] == 2
    assert _spoilt(tmp_path, MAGIC + noise)[0] == (1 if (MAGIC + noise).endswith(END) else 2)
    assert _spoilt(tmp_path, MAGIC + noise + END)[0] == 1


def test_a_file_that_was_cut_short_is_told_apart_from_one_that_was_changed(tmp_path: Path, whole: bytes) -> None:
    for length in range(len(whole)):
        path = tmp_path / "short"
        path.write_bytes(whole[:length])
        code, said = verify(path)
        assert (code, said["bad"][0]["seq"]) == (2, 0), length
        word = "it was cut short: copy it or export it once more" if length >= len(MAGIC) else "cannot be read"
        assert word in said["bad"][0]["problem"], length


@pytest.mark.parametrize("nest", [b"\x91", b"\x81\x01", b"\xdd\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff"])
def test_a_nest_or_a_claim_without_end_is_refused(tmp_path: Path, nest: bytes) -> None:
    assert _spoilt(tmp_path, MAGIC + nest * 50_000)[0] == 2
    assert _spoilt(tmp_path, MAGIC + nest * 50_000 + END)[0] == 1


PLANS = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 2_000), st.booleans()), max_size=30)


@given(PLANS)
@EACH
def test_totals_are_those_of_what_was_sold_and_voided(tmp_path: Path, plans: list[tuple[int, int, bool]]) -> None:
    night = Night()
    lease, number = night.lease(1, 1_500), 1
    for count, amount_minor, voided in plans:
        sale = night.sell(lease, (number, number + count - 1), amount_minor=amount_minor)
        number += count
        if voided:
            night.cancel(sale)
    code, said = verify(in_file(tmp_path / "evening", night.archived()))
    void = sum(count for count, _, voided in plans if voided)
    assert code == 0
    assert (said["orders"], said["voided_orders"]) == (len(plans), sum(voided for _, _, voided in plans))
    assert (said["numbers_sold"], said["numbers_void"], said["numbers_unsold"]) == (
        number - 1 - void,
        void,
        1_500 - number + 1,
    )
    assert said.get("USD_minor", 0) == sum(amount_minor for _, amount_minor, voided in plans if not voided)


CLONES = st.lists(
    st.lists(st.tuples(st.integers(1, 60), st.integers(1, 12), st.booleans()), max_size=6), min_size=2, max_size=4
)


@given(CLONES)
@EACH
def test_numbers_of_several_clones_fall_into_one_class_each(
    tmp_path: Path, clones: list[list[tuple[int, int, bool]]]
) -> None:
    card = Night()
    lease = card.lease(1, 100)
    files, sales = [], list[tuple[set[int], bool]]()
    for branch, wanted in enumerate(clones):
        clone, sold = card.copy(), set[int]()
        clone._made += 1_000 * branch
        for first, count, void in wanted:
            numbers = set(range(first, first + count))
            if not numbers & sold:
                sale = clone.sell(lease, (first, first + count - 1), amount_minor=branch)
                if void:
                    clone.cancel(sale)
                sold |= numbers
                sales.append((numbers, void))
        files.append(in_file(tmp_path / f"clone-{branch}", clone.archived(branch=branch)))
    code, said = verify(*files)
    counted = Counter(counted_one_by_one(sales).values())
    assert code == 0
    assert {name: said[f"numbers_{name}"] for name in CLASSES} == {name: counted[name] for name in CLASSES}
    assert said["numbers_unsold"] == 100 - counted.total()
    twice = [number for number, claims in claims_of(sales).items() if len(claims) > 1 and not all(claims)]
    assert sum(one["last"] - one["first"] + 1 for one in said["disputed"]) == len(twice)


def claims_of(sales: list[tuple[set[int], bool]]) -> dict[int, list[bool]]:
    """Who claims each number: whether each of its sales is void."""
    return {
        number: [void for numbers, void in sales if number in numbers] for number in set().union(*(s for s, _ in sales))
    }


def counted_one_by_one(sales: list[tuple[set[int], bool]]) -> dict[int, str]:
    """The class of every number, as the hub counts it (tests/hub/test_number_classes.py)."""
    found: dict[int, str] = {}
    for place, (numbers, void) in enumerate(sales):
        met = any(numbers & others for other, (others, _) in enumerate(sales) if other != place)
        name = "void" if void else "disputed" if met else "sold"
        found |= {number: min(name, found.get(number, "void"), key=CLASSES.index) for number in numbers}
    return found


def test_events_are_kept_apart(tmp_path: Path) -> None:
    night, other = small_night(), UUID(int=0xE2)
    night.sell(night.lease(1, 10, event=other), (1, 4), amount_minor=7, event=other)
    code, said = verify(in_file(tmp_path / "a", night.archived()))
    assert (code, said["numbers_leased"], said["USD_minor"]) == (0, 110, 1_507)
    assert said["events"][str(other)]["numbers_unsold"] == 6
