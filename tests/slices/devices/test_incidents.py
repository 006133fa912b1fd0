"""What is recorded when devices are in trouble, slips come out twice or not at all, and drawers open."""

from uuid import UUID

import pytest

from shared.domain.devices.commands import NoteDeviceTrouble, NoteDeviceWell
from shared.domain.devices.decide_incident import (
    decide_note_device_trouble,
    decide_note_device_well,
    decide_note_slip_confirmed,
    decide_note_slip_reprinted,
    decide_note_slip_voided,
    decide_open_drawer,
)
from shared.domain.devices.errors import (
    DeviceTextUnreadable,
    DrawerReasonNeeded,
    NotAtTheDrawer,
    NotWorkingHere,
    SlipIsVoid,
    SupervisorNeeded,
    UnknownDevice,
)
from shared.domain.devices.facts import (
    DrawerOpened,
    SlipConfirmed,
    SlipReprinted,
    SlipVoided,
    TroubleBegan,
    TroubleEnded,
)
from shared.domain.identity.state import ROLES, SUPERVISES
from shared.kernel.errors import Refusal
from tests.slices.devices import bar
from tests.slices.devices.bar import BAR, GIVEN, HERE, JOB, SUPERVISOR, confirm, replace, reprint, slip, void

WELL = NoteDeviceWell(command_id=UUID(int=9), device_id=BAR)
IN_TROUBLE = replace(HERE, troubles=(bar.PAPER_OUT,))


def trouble(word: str, job_id: UUID | None = None) -> NoteDeviceTrouble:
    return NoteDeviceTrouble(command_id=UUID(int=9), device_id=BAR, trouble=word, job_id=job_id)


def test_a_trouble_that_is_told_twice_began_once() -> None:
    [began] = decide_note_device_trouble(trouble("paper_out", JOB), HERE, GIVEN)
    assert isinstance(began, TroubleBegan)
    assert (began.trouble, began.job_id) == ("paper_out", JOB)
    assert decide_note_device_trouble(trouble("paper_out"), IN_TROUBLE, GIVEN) == []


def test_a_cover_that_opens_to_put_paper_in_ends_the_trouble_before() -> None:
    ended, began = decide_note_device_trouble(trouble("cover_open"), IN_TROUBLE, GIVEN)
    assert isinstance(ended, TroubleEnded)
    assert isinstance(began, TroubleBegan)
    assert (ended.trouble_id, ended.trouble, ended.since_ms) == (bar.PAPER_OUT.trouble_id, "paper_out", 1_000)


def test_a_slip_that_was_cut_short_stands_beside_the_trouble_of_its_printer() -> None:
    [began] = decide_note_device_trouble(trouble("interrupted", JOB), IN_TROUBLE, GIVEN)
    assert isinstance(began, TroubleBegan)
    both = replace(HERE, troubles=(bar.PAPER_OUT, bar.CUT_SHORT))
    assert decide_note_device_trouble(trouble("interrupted", JOB), both, GIVEN) == []
    assert len(decide_note_device_trouble(trouble("interrupted", UUID(int=77)), both, GIVEN)) == 1


def test_a_device_that_works_again_has_no_trouble_left() -> None:
    both = replace(HERE, troubles=(bar.PAPER_OUT, bar.CUT_SHORT))
    facts = decide_note_device_well(WELL, both, GIVEN)
    assert [fact.trouble for fact in facts if isinstance(fact, TroubleEnded)] == ["paper_out", "interrupted"]
    assert decide_note_device_well(WELL, HERE, GIVEN) == []


def test_a_device_out_of_use_begins_no_trouble() -> None:
    gone = replace(HERE, devices=(replace(bar.PRINTER, in_use=False),))
    with pytest.raises(UnknownDevice):
        decide_note_device_trouble(trouble("absent"), gone, GIVEN)


def test_a_word_that_is_no_trouble_is_a_bug_of_the_program() -> None:
    with pytest.raises(AssertionError):
        decide_note_device_trouble(trouble("ready"), HERE, GIVEN)


def test_a_ticket_is_printed_again_by_rule_or_by_a_seller_and_every_time_is_counted() -> None:
    [by_rule] = decide_note_slip_reprinted(reprint(actor=None, reason=""), slip(None), GIVEN)
    [asked] = decide_note_slip_reprinted(reprint(), slip(reprinted=1), GIVEN)
    assert isinstance(by_rule, SlipReprinted)
    assert isinstance(asked, SlipReprinted)
    assert (by_rule.person_id, by_rule.times) == (None, 1)
    assert (asked.person_id, asked.times, asked.reason) == (bar.MARA, 2, "torn")


@pytest.mark.parametrize("role", ROLES)
def test_a_counterfoil_is_printed_again_by_a_supervisor_alone(role: str) -> None:
    state = slip(replace(SUPERVISOR, role=role))
    if role not in SUPERVISES:
        with pytest.raises(SupervisorNeeded):
            decide_note_slip_reprinted(reprint("counterfoil"), state, GIVEN)
        return
    assert decide_note_slip_reprinted(reprint("counterfoil"), state, GIVEN)


def test_no_rule_prints_a_counterfoil_again_without_anybody() -> None:
    with pytest.raises(SupervisorNeeded):
        decide_note_slip_reprinted(reprint("counterfoil", actor=None), slip(None), GIVEN)
    with pytest.raises(NotWorkingHere):
        decide_note_slip_reprinted(reprint("counterfoil"), slip(bar.GONE), GIVEN)


def test_a_slip_is_voided_once_and_never_printed_again() -> None:
    [voided] = decide_note_slip_voided(void(), slip(), GIVEN)
    assert isinstance(voided, SlipVoided)
    assert voided.reason == "buyer gone"
    assert decide_note_slip_voided(void(), slip(is_void=True), GIVEN) == []
    with pytest.raises(SlipIsVoid):
        decide_note_slip_reprinted(reprint(), slip(is_void=True), GIVEN)


def test_what_becomes_of_a_slip_ends_its_interruption() -> None:
    for facts in (
        decide_note_slip_reprinted(reprint(), slip(troubles=(bar.CUT_SHORT,)), GIVEN),
        decide_note_slip_voided(void(), slip(troubles=(bar.CUT_SHORT,)), GIVEN),
    ):
        assert isinstance(facts[0], TroubleEnded)
        assert len(facts) == 2


def test_a_reason_that_nobody_can_read_is_refused() -> None:
    for reason in ("\x00\x00\x00\x00", "x" * 201):
        with pytest.raises(DeviceTextUnreadable):
            decide_note_slip_reprinted(reprint(reason=reason), slip(), GIVEN)


def test_a_slip_that_somebody_saw_is_confirmed_and_is_in_trouble_no_more() -> None:
    ended, confirmed = decide_note_slip_confirmed(confirm(), slip(troubles=(bar.CUT_SHORT,)), GIVEN)
    assert isinstance(ended, TroubleEnded)
    assert isinstance(confirmed, SlipConfirmed)
    assert (confirmed.job_id, confirmed.person_id, confirmed.reason) == (JOB, bar.MARA, "seen whole")
    assert decide_note_slip_confirmed(confirm(), slip(is_void=True), GIVEN) == []
    with pytest.raises(NotWorkingHere):
        decide_note_slip_confirmed(confirm(), slip(bar.GONE), GIVEN)


def test_a_cash_sale_opens_the_drawer_without_a_word() -> None:
    by_sale = replace(bar.AT_THE_DRAWER, opens_by_sale=True)
    [opened] = decide_open_drawer(replace(bar.OPEN, sale_id=bar.SALE), by_sale, GIVEN)
    assert opened == DrawerOpened(device_id=bar.DRAWER, sale_id=bar.SALE, reason="", opened_by=bar.MARA)


@pytest.mark.parametrize(("reason", "opens"), [("", False), ("  x ", False), ("no", False), ("change for 50", True)])
def test_an_opening_without_a_cash_sale_needs_a_reason(reason: str, *, opens: bool) -> None:
    order = replace(bar.OPEN, sale_id=bar.SALE, reason=reason)  # a sale that was paid by card, or has opened it
    if not opens:
        with pytest.raises(DrawerReasonNeeded):
            decide_open_drawer(order, bar.AT_THE_DRAWER, GIVEN)
        return
    [opened] = decide_open_drawer(order, bar.AT_THE_DRAWER, GIVEN)
    assert isinstance(opened, DrawerOpened)
    assert opened.reason == reason


def test_nobody_opens_a_drawer_without_handling_cash() -> None:
    order = replace(bar.OPEN, reason="curious")
    for state, refusal in (
        (replace(bar.AT_THE_DRAWER, person=None), NotAtTheDrawer),
        (replace(bar.AT_THE_DRAWER, person=bar.GONE), NotAtTheDrawer),
        (replace(bar.AT_THE_DRAWER, device=None), UnknownDevice),
        (replace(bar.AT_THE_DRAWER, device=replace(bar.CASH, in_use=False)), UnknownDevice),
    ):
        with pytest.raises(Refusal) as refused:
            decide_open_drawer(order, state, GIVEN)
        assert type(refused.value) is refusal
