"""The verifier checks by itself what the program promises: order, signatures, leases, ranges, totals."""

import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from shared.journal.archive import Checkpoint
from shared.journal.chain import Tip, entry_hash, seal
from shared.journal.entry import Owner
from shared.journal.head import cosign, sign_head
from shared.journal.stick import write_stick
from tests.journal.histories import KEY, NEIGHBOUR, OTHER_KEY, UNIT, stamp
from tests.verifier.nights import EVENT, HUB, HUB_KEY, PROGRAM, Night, certificate_of, in_file, small_night, verify

replace = msgspec.structs.replace


def bad(path: Path) -> dict[str, Any]:
    """The first thing that does not hold; there must be one."""
    code, said = verify(path)
    assert code == 1
    assert len(said["bad"]) == 1
    found: dict[str, Any] = said["bad"][0]
    return found


def test_a_sound_journal_holds_and_its_totals_are_told(tmp_path: Path) -> None:
    night = small_night()
    path = in_file(tmp_path / "r07.journal", night.archived(receipts=(2, 4)))
    code, said = verify(path)
    assert (code, said["bad"], said["disputed"]) == (0, [], [])
    assert said["orders"], said["voided_orders"] == (3, 1)
    assert (said["numbers_leased"], classes(said)) == (100, [13, 10, 0, 77])
    assert said["USD_minor"] == said["events"][str(EVENT)]["USD_minor"] == 1_500


def test_it_says_in_words_what_it_checked(tmp_path: Path) -> None:
    path = in_file(tmp_path / "r07.journal", small_night().archived(receipts=(2, 4)))
    code, said = verify(path, words=True)
    assert code == 0
    for words in (
        "entries 1 to 5 follow each other byte for byte", "1 heads and 2 receipts verify", "the hub has 4",
        "1 leases are the hub's", "3 sales lie inside", "1 voids name sales here, 0 elsewhere",
    ):  # fmt: skip
        assert words in said


def test_it_runs_alone_with_nothing_of_the_program_in_reach(tmp_path: Path) -> None:
    program = tmp_path / "alone.py"
    program.write_bytes(PROGRAM.read_bytes())
    path = in_file(tmp_path / "r07.journal", small_night().archived())
    command = [sys.executable, "-I", "-S", "-c", _alone(program), "--hub-key", HUB_KEY.sign_public.hex(), str(path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Event all: orders 3" in done.stdout


def _alone(program: Path) -> str:
    """Run a program with one package in reach: cryptography (and what that stands on)."""
    import cryptography

    site = Path(cryptography.__file__).parents[1]
    fence = (
        "import sys, runpy\n"
        "class Fence:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        assert name.split('.')[0] not in ('shared', 'edge', 'hub', 'msgspec', 'zstandard'), name\n"
        f"sys.meta_path.insert(0, Fence()); sys.path.append({str(site)!r})\n"
        f"runpy.run_path({str(program)!r}, run_name='__main__')\n"
    )
    return f"import sys; sys.argv[0] = {str(program)!r}\n{fence}"


def test_the_verifier_is_one_short_file() -> None:
    assert PROGRAM.read_text().count("\n") < 300


@pytest.mark.parametrize("seq", [1, 2, 3, 4, 5])
def test_a_changed_entry_is_named_by_its_seq(tmp_path: Path, seq: int) -> None:
    whole = small_night().archived()
    entries = list(whole.entries)
    entries[seq - 1] = entries[seq - 1][:-1] + bytes([entries[seq - 1][-1] ^ 1])
    assert bad(in_file(tmp_path / "a", replace(whole, entries=tuple(entries))))["seq"] == seq


@pytest.mark.parametrize("gone", [1, 2, 4])
def test_a_missing_entry_is_found(tmp_path: Path, gone: int) -> None:
    whole = small_night().archived()
    entries = whole.entries[: gone - 1] + whole.entries[gone:]
    assert bad(in_file(tmp_path / "a", replace(whole, entries=entries)))["seq"] == gone


def test_entries_behind_the_last_head_prove_nothing(tmp_path: Path) -> None:
    assert bad(in_file(tmp_path / "a", small_night().archived(heads=(3,))))["seq"] == 4


def test_entries_that_were_cut_off_are_missed_by_the_receipt(tmp_path: Path) -> None:
    night = small_night()
    whole = night.archived(receipts=(5,))
    head = sign_head(night.owner, night.tip_at(3), night.key)
    assert bad(in_file(tmp_path / "a", replace(whole, entries=whole.entries[:3], heads=(head,))))["seq"] == 3


def test_a_history_written_anew_contradicts_the_receipt(tmp_path: Path) -> None:
    night = small_night()
    other = Night()
    lease = other.lease(101, 200)
    for number in range(4):
        other.sell(lease, (101 + number, 101 + number))
    receipt = night.archived(receipts=(4,)).receipts
    found = bad(in_file(tmp_path / "a", replace(other.archived(), receipts=receipt)))
    assert (found["seq"], "signed" in found["problem"]) == (4, True)


def test_a_head_or_receipt_by_a_wrong_key_is_found(tmp_path: Path) -> None:
    night = small_night()
    whole = night.archived()
    thief = sign_head(night.owner, night.tip, OTHER_KEY)
    good = sign_head(night.owner, night.tip, KEY)
    assert bad(in_file(tmp_path / "a", replace(whole, heads=(thief,))))["seq"] == 5
    for receipt in (good, cosign(good, HUB, OTHER_KEY), cosign(thief, HUB, HUB_KEY), cosign(good, UNIT, HUB_KEY)):
        assert bad(in_file(tmp_path / "a", replace(whole, receipts=(receipt,))))["seq"] == 5


def test_receipts_of_a_hub_before_and_after_its_restore_hold(tmp_path: Path) -> None:
    night = small_night()
    head = sign_head(night.owner, night.tip, KEY)
    receipts = tuple(cosign(head, Owner(HUB.org_id, HUB.node_id, epoch), HUB_KEY) for epoch in (1, 2, 11))
    assert verify(in_file(tmp_path / "a", replace(night.archived(), receipts=receipts)))[0] == 0


def test_a_certificate_vouches_for_the_units_key(tmp_path: Path) -> None:
    night = small_night()
    path = in_file(tmp_path / "a", night.archived(certificate=certificate_of(UNIT, KEY.sign_public)))
    assert "certificate" in verify(path, words=True)[1]
    wrong = [
        certificate_of(UNIT, OTHER_KEY.sign_public), certificate_of(NEIGHBOUR, KEY.sign_public),
        certificate_of(UNIT, KEY.sign_public, OTHER_KEY), b"\x93",
    ]  # fmt: skip
    for certificate in wrong:
        assert verify(in_file(tmp_path / "a", night.archived(certificate=certificate)))[0] == 1


def test_a_lease_that_the_hub_did_not_grant_to_this_unit_is_found(tmp_path: Path) -> None:
    for other in (
        {"signer": OTHER_KEY},
        {"granted_to": NEIGHBOUR},
        {"granted_to": Owner(UNIT.org_id, UNIT.node_id, 2)},
    ):
        night = Night()
        night.lease(1, 50)
        night.lease(101, 200, **other)
        assert bad(in_file(tmp_path / "a", night.archived()))["seq"] == 2


def test_numbers_outside_a_lease_or_of_another_event_are_found(tmp_path: Path) -> None:
    for span, event in (((150, 201), EVENT), ((100, 101), EVENT), ((101, 102), UUID(int=0xE2))):
        night = Night()
        lease = night.lease(101, 200)
        night.sell(lease, span, event=event)
        assert bad(in_file(tmp_path / "a", night.archived()))["seq"] == 2


def test_a_number_sold_twice_in_one_journal_is_found_at_the_second_sale(tmp_path: Path) -> None:
    night = Night()
    lease = night.lease(101, 200)
    night.sell(lease, (110, 119))
    night.sell(lease, (101, 109))
    night.sell(lease, (105, 106))
    assert bad(in_file(tmp_path / "a", night.archived()))["seq"] == 4


def test_a_sale_whose_ranges_meet_each_other_is_found(tmp_path: Path) -> None:
    night = Night()
    night.sell(night.lease(101, 200), (101, 105), (103, 107))
    assert bad(in_file(tmp_path / "a", night.archived()))["seq"] == 2


def test_a_void_must_name_a_sale_of_the_journal_and_only_once(tmp_path: Path) -> None:
    night = Night()
    sale = night.sell(night.lease(101, 200), (101, 105))
    night.cancel(sale, chain="0000 0000")
    assert bad(in_file(tmp_path / "a", night.archived()))["seq"] == 3
    twice = Night()
    sale = twice.sell(twice.lease(101, 200), (101, 105))
    twice.cancel(sale)
    twice.cancel(sale)
    assert bad(in_file(tmp_path / "a", twice.archived()))["seq"] == 4


def test_a_void_of_another_units_sale_counts_elsewhere_until_that_journal_is_there_too(tmp_path: Path) -> None:
    seller, counter = small_night(), Night(NEIGHBOUR, OTHER_KEY)
    counter.cancel(seller.sealed[1])
    there = in_file(tmp_path / "counter", counter.archived())
    code, alone = verify(there, words=True)
    assert (code, "0 voids name sales here, 1 elsewhere" in alone) == (0, True)
    code, both = verify(there, in_file(tmp_path / "r07", seller.archived()))
    assert code == 0
    assert (both["voided_orders"], both["numbers_void"], both["USD_minor"]) == (2, 13, 1_000)


def test_a_purged_journal_is_checked_from_its_checkpoint_on(tmp_path: Path) -> None:
    night = small_night()
    old = night.sealed[1]
    later = UUID(int=0xE2)
    lease = night.lease(1, 10, event=later)
    night.sell(lease, (1, 2), event=later)
    night.cancel(old)
    code, said = verify(in_file(tmp_path / "a", night.archived(behind=5, receipts=(3, 7))))
    assert (code, said["bad"], said["orders"]) == (0, [], 1)
    broken = night.archived(behind=5)
    wrong = replace(broken, checkpoint=Checkpoint(5, bytes(32)))
    assert bad(in_file(tmp_path / "a", wrong))["seq"] == 6


def test_an_empty_journal_holds(tmp_path: Path) -> None:
    code, said = verify(in_file(tmp_path / "a", Night().archived(heads=(0,))))
    assert (code, said["orders"]) == (0, 0)


def test_facts_of_a_later_program_are_passed_over(tmp_path: Path) -> None:
    night = small_night()
    strange = night.sealed[1].entry.body
    sealed, _ = seal(night.owner, night.tip, stamp(9), [(UUID(int=1), strange)])
    data = sealed[0].data.replace(b"raffle.tickets_sold", b"raffle.tickets_gold")
    whole = night.archived()
    head = sign_head(night.owner, Tip(6, entry_hash(data)), KEY)
    code, said = verify(in_file(tmp_path / "a", replace(whole, entries=(*whole.entries, data), heads=(head,))))
    assert (code, said["orders"]) == (0, 3)


def test_two_journals_that_claim_one_number_are_disputed_not_bad(tmp_path: Path) -> None:
    card = Night()
    lease = card.lease(101, 200)
    card.sell(lease, (101, 105))
    clone = card.copy()
    card.sell(lease, (106, 115), amount_minor=1_000)
    clone.sell(lease, (106, 108), amount_minor=300)
    clone.sell(lease, (109, 120), amount_minor=1_200)
    files = [
        in_file(tmp_path / "both", card.archived(), clone.archived(branch=1)),
        in_file(tmp_path / "one", card.archived()),
    ]
    code, said = verify(*files)
    assert (code, said["orders"], said["numbers_leased"]) == (0, 4, 100)
    assert [(one["first"], one["last"]) for one in said["disputed"]] == [(106, 108), (109, 115)]
    assert classes(said) == [5, 0, 15, 80]
    assert "Disputed: 106 to 108" in verify(*files, words=True)[1]


def test_a_sale_that_meets_a_void_one_is_disputed_and_the_void_one_stays_void(tmp_path: Path) -> None:
    card = Night()
    lease = card.lease(101, 200)
    clone = card.copy()
    card.cancel(card.sell(lease, (101, 110)))
    clone.sell(lease, (108, 112))
    code, said = verify(in_file(tmp_path / "a", card.archived()), in_file(tmp_path / "b", clone.archived(branch=1)))
    assert (code, classes(said)) == (0, [0, 7, 5, 88])
    assert [(one["first"], one["last"]) for one in said["disputed"]] == [(108, 110)]


def test_numbers_that_only_void_sales_claim_are_void_and_nobody_disputes_them(tmp_path: Path) -> None:
    card = Night()
    lease = card.lease(101, 200)
    clone = card.copy()
    for side, last in ((card, 110), (clone, 103)):
        side.cancel(side.sell(lease, (101, last)))
    code, said = verify(in_file(tmp_path / "a", card.archived()), in_file(tmp_path / "b", clone.archived(branch=1)))
    assert (code, classes(said), said["disputed"]) == (0, [0, 10, 0, 90], [])


def classes(said: dict[str, Any]) -> list[int]:
    """Sold, void, disputed, unsold."""
    return [said[f"numbers_{word}"] for word in ("sold", "void", "disputed", "unsold")]


def test_the_key_of_another_hub_is_named_as_such_and_nothing_is_called_tampered(tmp_path: Path) -> None:
    night = small_night()
    certificate = certificate_of(UNIT, KEY.sign_public)
    path = in_file(tmp_path / "a", night.archived(receipts=(3,), certificate=certificate))
    code, words = verify(path, words=True, hub_key=OTHER_KEY)
    assert code == 2
    assert f"it is of another hub key than the one given, of {HUB_KEY.sign_public.hex()}." in words
    assert "first bad seq" not in words
    code, said = verify(path, hub_key=OTHER_KEY)
    assert (code, said["bad"][0]["seq"], said["orders"]) == (2, 0, 0)


def test_a_thief_who_writes_another_hub_key_into_the_certificate_is_found_out(tmp_path: Path) -> None:
    mine = certificate_of(UNIT, KEY.sign_public)
    forged = mine.replace(HUB_KEY.sign_public, OTHER_KEY.sign_public)
    path = in_file(tmp_path / "a", small_night().archived(certificate=forged))
    for key in (HUB_KEY, OTHER_KEY):
        code, said = verify(path, hub_key=key)
        assert (code, said["bad"][0]["seq"] > 0) == (1, True)


def test_a_receipt_that_was_moved_to_another_life_of_the_hub_is_found(tmp_path: Path) -> None:
    night = small_night()
    whole = night.archived(receipts=(5,))
    moved = whole.receipts[0].replace(f"{HUB.node_id}/e1 ".encode(), f"{HUB.node_id}/e2 ".encode())
    assert moved != whole.receipts[0]
    assert bad(in_file(tmp_path / "a", replace(whole, receipts=(moved,))))["seq"] == 5


def test_a_file_that_is_no_archive_is_told_apart_from_one_that_lies(tmp_path: Path) -> None:
    sound = in_file(tmp_path / "sound", small_night().archived())
    other = tmp_path / "stick"
    other.write_bytes(write_stick((b"bundle",)))
    empty = tmp_path / "empty"
    empty.write_bytes(b"")
    for path in (other, empty, tmp_path / "nowhere", tmp_path):
        code, said = verify(sound, path)
        assert (code, said["bad"][0]["seq"], said["orders"]) == (2, 0, 3)
        assert "cannot be read" in verify(path, words=True)[1]
