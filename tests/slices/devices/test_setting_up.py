"""Which devices a unit has, and which printer prints what."""

from uuid import UUID

import pytest

from shared.domain.devices.commands import KeepDevices, RemoveDevice
from shared.domain.devices.decide import (
    decide_add_device,
    decide_change_device,
    decide_keep_devices,
    decide_remove_device,
    decide_serve_device,
)
from shared.domain.devices.errors import DeviceNameNeeded, FallbackWrong, NotWorkingHere, RoleHeld, SameLine
from shared.domain.devices.facts import DeviceAdded, DeviceChanged, DeviceRemoved, TroubleEnded
from shared.domain.devices.state import Equipment, KeepState, removal_words
from tests.slices.devices import bar
from tests.slices.devices.bar import BAR, CASH, GIVEN, HERE, PRINTER, SPARE, add, after, change, replace

REMOVE = RemoveDevice(command_id=UUID(int=9), actor=bar.MARA, device_id=BAR)
KEEP = KeepDevices(command_id=UUID(int=9))


def test_a_seller_adds_a_printer_with_a_name_and_a_role() -> None:
    [fact] = decide_add_device(add(name="  Gate  ", roles=("counterfoil",)), HERE, GIVEN)
    assert isinstance(fact, DeviceAdded)
    assert (fact.name, fact.roles, fact.line) == ("Gate", ("counterfoil",), "tcp:10.0.0.8:9100")
    assert fact.device_id == GIVEN.new_id()


def test_the_unit_itself_adds_the_printer_of_its_settings() -> None:
    [fact] = decide_add_device(add(actor=None, roles=("ticket",)), Equipment(), GIVEN)
    assert isinstance(fact, DeviceAdded)


def test_somebody_who_left_changes_no_printer() -> None:
    with pytest.raises(NotWorkingHere):
        decide_change_device(change(PRINTER, name="Mine"), replace(HERE, person=bar.GONE), GIVEN)


@pytest.mark.parametrize("letters", [0, 61])
def test_a_name_has_one_to_sixty_letters(letters: int) -> None:
    with pytest.raises(DeviceNameNeeded):
        decide_add_device(add(name="x" * letters), HERE, GIVEN)
    assert decide_add_device(add(name="x" * 60), HERE, GIVEN)


def test_two_devices_never_stand_at_one_line_but_any_number_are_virtual() -> None:
    with pytest.raises(SameLine, match="Bar printer"):
        decide_change_device(change(SPARE, line=PRINTER.line), HERE, GIVEN)
    assert decide_add_device(add(line="virtual"), HERE, GIVEN)
    assert decide_add_device(add(kind="drawer", line="none"), HERE, GIVEN)


def test_a_line_is_free_again_once_its_device_is_out_of_use() -> None:
    gone = replace(HERE, devices=(replace(PRINTER, in_use=False), CASH))
    assert decide_add_device(add(line=PRINTER.line, roles=("ticket",)), gone, GIVEN)


def test_a_role_is_taken_over_in_one_step_so_tickets_never_lose_their_printer() -> None:
    with pytest.raises(RoleHeld, match="prints the tickets already"):
        decide_add_device(add(roles=("ticket",)), HERE, GIVEN)
    facts = decide_add_device(add(roles=("ticket",), take_over=True), HERE, GIVEN)
    assert [type(fact) for fact in facts] == [DeviceChanged, DeviceAdded]
    left = {card.name: card.roles for card in after(HERE.devices, facts)}
    assert left["Bar printer"] == ("receipt",)
    assert left["Gate"] == ("ticket",)


def test_a_broken_printer_is_swapped_in_its_place_and_keeps_its_roles() -> None:
    [fact] = decide_change_device(change(PRINTER, line="usb:04b8:0e15", profile="epson-tm-t20iii"), HERE, GIVEN)
    assert isinstance(fact, DeviceChanged)
    assert (fact.device_id, fact.roles, fact.line) == (BAR, ("ticket", "receipt"), "usb:04b8:0e15")


def test_what_stays_as_it_is_makes_no_fact() -> None:
    assert decide_change_device(change(PRINTER), HERE, GIVEN) == []


def test_a_fallback_is_another_printer_in_use() -> None:
    gone = replace(HERE, devices=(PRINTER, replace(SPARE, in_use=False, fallback_id=None)))
    with pytest.raises(FallbackWrong, match="not in use"):
        decide_change_device(change(PRINTER, fallback_id=bar.BACK), gone, GIVEN)
    with pytest.raises(FallbackWrong, match="itself"):
        decide_change_device(change(PRINTER, fallback_id=BAR), HERE, GIVEN)


def test_the_last_ticket_printer_may_go_and_the_sentence_says_what_that_means() -> None:
    facts = decide_remove_device(REMOVE, replace(HERE, troubles=(bar.PAPER_OUT,)), GIVEN)
    assert [type(fact) for fact in facts] == [TroubleEnded, DeviceChanged, DeviceRemoved]
    gone = facts[-1]
    assert isinstance(gone, DeviceRemoved)
    assert gone.unserved == ("ticket", "receipt")
    assert removal_words(gone.name, gone.unserved) == (
        "“Bar printer” is out of use. No printer is left for tickets and receipts. "
        "Sales wait for paper until you add one."
    )
    spare = next(card for card in after(HERE.devices, facts) if card.device_id == bar.BACK)
    assert spare.fallback_id is None


def test_the_words_of_a_removal_say_no_more_than_is_true() -> None:
    assert removal_words("Old", ()) == "“Old” is out of use."
    assert removal_words("Old", ("report",)) == "“Old” is out of use. No printer is left for reports."


def test_a_new_epoch_takes_over_the_devices_of_the_last_one_once() -> None:
    facts = decide_keep_devices(KEEP, KeepState(False, (PRINTER, SPARE)), GIVEN)
    assert after((), facts) == (PRINTER, SPARE)
    assert decide_keep_devices(KEEP, KeepState(True, (PRINTER,)), GIVEN) == []


def test_a_device_out_of_service_says_since_when_and_by_whom_and_stays_so_under_another_name() -> None:
    [out] = decide_serve_device(bar.serve(on=False), HERE, GIVEN)
    assert isinstance(out, DeviceChanged)
    assert (out.out_since_ms, out.out_by) == (GIVEN.moment.wall_ms, bar.MARA)
    here = replace(HERE, devices=after(HERE.devices, [out]))
    assert decide_serve_device(bar.serve(on=False), here, GIVEN) == [], "once is enough"
    card = here.find(BAR)
    assert card is not None
    [renamed] = decide_change_device(change(card, name="Bar left"), here, GIVEN)
    assert isinstance(renamed, DeviceChanged)
    assert (renamed.name, renamed.out_since_ms, renamed.out_by) == ("Bar left", out.out_since_ms, bar.MARA)
    [back] = decide_serve_device(bar.serve(on=True), here, GIVEN)
    assert isinstance(back, DeviceChanged)
    assert (back.out_since_ms, back.out_by) == (None, None)


def test_the_machine_that_takes_the_place_of_one_out_of_service_is_in_service() -> None:
    out = replace(PRINTER, out_since_ms=1, out_by=bar.INES)
    here = replace(HERE, devices=(out, bar.SPARE, bar.CASH))
    [swapped] = decide_change_device(change(out, line="tcp:10.0.0.9:9100"), here, GIVEN)
    assert isinstance(swapped, DeviceChanged)
    assert swapped.out_since_ms is None
    kept = decide_keep_devices(KEEP, KeepState(False, (out,)), GIVEN)
    assert [getattr(one, "out_by", None) for one in kept] == [bar.INES], "a new epoch changes nothing about it"
