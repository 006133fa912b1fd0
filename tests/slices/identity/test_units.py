"""Units: a code makes room, the unit comes in with its own keys, and head office lets it sell or stops it."""

from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import pytest

from shared.domain.identity.commands import (
    DisableUnit,
    EnableUnit,
    EnrolUnit,
    OpenPairing,
    PauseUnit,
    RenewCertificate,
    ResumeUnit,
    RevokeUnit,
    StopEpoch,
)
from shared.domain.identity.decide_units import (
    decide_disable_unit,
    decide_enable_unit,
    decide_enrol_unit,
    decide_open_pairing,
    decide_pause_unit,
    decide_renew_certificate,
    decide_resume_unit,
    decide_revoke_unit,
    decide_stop_epoch,
)
from shared.domain.identity.errors import (
    BadKeys,
    EnrolledAlready,
    NameNeeded,
    PairingOfOther,
    PairingOver,
    ReasonNeeded,
    UnitExists,
    UnitIsSo,
    UnitStateRefused,
    UnknownKind,
    UnknownPairing,
    UnknownUnit,
    UnknownVenue,
)
from shared.domain.identity.facts import (
    CertificateIssued,
    EpochStopped,
    PairingOpened,
    UnitAdded,
    UnitDisabled,
    UnitEnabled,
    UnitEnrolledAgain,
    UnitPaused,
    UnitResumed,
    UnitRevoked,
)
from shared.domain.identity.project import project_unit_enrolled_again
from shared.domain.identity.rows import PairingRow
from shared.domain.identity.state import House, PairingCard, UnitCard
from shared.domain.slices import ALL
from shared.journal.entry import Entry, Envelope, Fact
from shared.kernel.clock import HOUR_MS
from shared.kernel.codec import Raw, encode
from shared.pipeline.changes import Patch
from tests.slices.identity.test_house import BAD_NAMES, GIVEN, HOUSE, UNIT, VENUE

ID, DIGEST = UUID(int=9), b"d" * 32
NOW = GIVEN.moment.wall_ms
ROOM = OpenPairing(
    command_id=ID,
    venue_id=VENUE.venue_id,
    kind="rsu",
    code="R08",
    name="RSU 08",
    digest=DIGEST,
    expires_ms=NOW + HOUR_MS,
)
ENROL = EnrolUnit(
    command_id=ID, digest=DIGEST, unit_id=UUID(int=4), sign_key=b"s" * 32, seal_key=b"e" * 32, valid_ms=HOUR_MS
)
PAIRING = PairingCard(
    UUID(int=5), None, VENUE.venue_id, "rsu", "R08", "RSU 08", enable=False, expires_ms=NOW + HOUR_MS, state="open"
)
OPEN = House(True, units=(UNIT,), pairing=PAIRING)
AGAIN = House(True, units=(UNIT,), unit=UNIT, pairing=msgspec.structs.replace(PAIRING, unit_id=UNIT.unit_id))
F = TypeVar("F", bound=Fact)
replace = msgspec.structs.replace
PAUSE = PauseUnit(command_id=ID, unit_id=UNIT.unit_id)
ENABLE = EnableUnit(command_id=ID, unit_id=UNIT.unit_id)
DISABLE = DisableUnit(command_id=ID, unit_id=UNIT.unit_id, reason="counted")


def a_unit(**other: Any) -> House:
    """A house that is asked about one unit."""
    return House(True, unit=replace(UNIT, **other))


def written(fact: F) -> Entry[F]:
    """The fact in the hub's journal."""
    owner = GIVEN.owner
    envelope = Envelope(
        org=owner.org_id, node=owner.node_id, epoch=owner.epoch, seq=7, prev=bytes(32), id=ID, type=fact.TYPE,
        version=1, entity=getattr(fact, fact.ENTITY), command_id=ID, actor=None, wall_ms=NOW, monotonic_ns=0,
        boot_id=ID, hub_time_ms=0, feeds=(), body=Raw(b"\xc0"),
    )  # fmt: skip
    return Entry(envelope, bytes(32), fact, owner)


def test_a_code_makes_room_for_a_unit_whose_secret_nobody_keeps() -> None:
    [fact] = decide_open_pairing(ROOM, HOUSE, GIVEN)
    assert isinstance(fact, PairingOpened)
    assert (fact.unit_id, fact.code, fact.digest, fact.enable) == (None, "R08", DIGEST, False)


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_unit_has_a_name_and_a_code_to_be_found_by(name: str) -> None:
    for order in (replace(ROOM, name=name), replace(ROOM, code=name)):
        with pytest.raises(NameNeeded):
            decide_open_pairing(order, HOUSE, GIVEN)


def test_a_unit_stands_at_a_venue_of_ours_and_is_of_a_kind_we_know() -> None:
    with pytest.raises(UnknownVenue):
        decide_open_pairing(replace(ROOM, venue_id=UUID(int=99)), HOUSE, GIVEN)
    with pytest.raises(UnknownKind):
        decide_open_pairing(replace(ROOM, kind="toaster"), HOUSE, GIVEN)


@pytest.mark.parametrize("code", ["R07", " R07 "])
def test_two_units_never_share_a_code(code: str) -> None:
    with pytest.raises(UnitExists):
        decide_open_pairing(replace(ROOM, code=code), HOUSE, GIVEN)
    taken = replace(OPEN, pairing=replace(PAIRING, code="R07"))
    with pytest.raises(UnitExists):
        decide_enrol_unit(ENROL, taken, GIVEN)


def test_a_revoked_unit_is_not_enrolled_anew() -> None:
    gone = replace(HOUSE, units=(replace(UNIT, state="revoked"),))
    with pytest.raises(UnitStateRefused, match="Add it as a new unit"):
        decide_open_pairing(replace(ROOM, unit_id=UNIT.unit_id), gone, GIVEN)
    with pytest.raises(UnknownUnit):
        decide_open_pairing(replace(ROOM, unit_id=UUID(int=98)), HOUSE, GIVEN)


def test_a_unit_comes_in_disabled_with_its_own_keys_and_a_certificate() -> None:
    added, certificate = decide_enrol_unit(ENROL, OPEN, GIVEN)
    assert isinstance(added, UnitAdded)
    assert (added.code, added.sign_key, added.enabled, added.pairing_id) == ("R08", b"s" * 32, False, UUID(int=5))
    assert certificate == CertificateIssued(unit_id=UUID(int=4), unit_epoch=1, from_ms=NOW, until_ms=NOW + HOUR_MS)


@pytest.mark.parametrize(
    ("state", "over"), [("enabled", False), ("disabled", False), ("forked", True), ("behind", True)]
)
def test_enrolled_anew_it_has_the_next_epoch_and_a_fork_stays_a_fork(state: str, over: bool) -> None:
    house = replace(AGAIN, unit=replace(UNIT, state=state, unit_epoch=3))
    again, certificate = decide_enrol_unit(replace(ENROL, unit_id=UNIT.unit_id), house, GIVEN)
    assert isinstance(again, UnitEnrolledAgain)
    assert isinstance(certificate, CertificateIssued)
    assert (again.unit_epoch, certificate.unit_epoch, again.before_stopped) == (4, 4, over)


@pytest.mark.parametrize("keys", [{"sign_key": b""}, {"seal_key": bytes(31)}, {"sign_key": bytes(32)}])
def test_a_unit_without_whole_keys_is_refused(keys: dict[str, bytes]) -> None:
    with pytest.raises(BadKeys):
        decide_enrol_unit(replace(ENROL, **keys), OPEN, GIVEN)


def test_a_code_is_good_once_for_its_hour_and_for_its_unit() -> None:
    with pytest.raises(UnknownPairing):
        decide_enrol_unit(ENROL, House(True), GIVEN)
    for other in ({"state": "used"}, {"expires_ms": NOW}):
        with pytest.raises(PairingOver):
            decide_enrol_unit(ENROL, replace(OPEN, pairing=replace(PAIRING, **other)), GIVEN)
    with pytest.raises(PairingOfOther):
        decide_enrol_unit(ENROL, replace(AGAIN, unit=None), GIVEN)


def test_the_first_code_of_a_unit_that_is_used_ends_all_that_were_made_for_it_and_no_other() -> None:
    mine = AGAIN.pairing
    assert mine is not None
    second = replace(mine, pairing_id=UUID(int=6))
    others = [replace(mine, pairing_id=UUID(int=7), unit_id=UUID(int=96)), replace(PAIRING, pairing_id=UUID(int=8))]
    house = replace(AGAIN, rooms=(mine, second, *others))
    again, _certificate = decide_enrol_unit(replace(ENROL, unit_id=UNIT.unit_id), house, GIVEN)
    assert isinstance(again, UnitEnrolledAgain)
    assert (again.pairing_id, again.also_over) == (mine.pairing_id, (second.pairing_id,))
    changes = project_unit_enrolled_again(written(again))
    over = [one.key for one in changes if isinstance(one, Patch) and one.kind is PairingRow]
    assert over == [(mine.pairing_id,), (second.pairing_id,)]


def at_another_unit(state: str) -> House:
    """A code for a new unit, typed at R07 in this state."""
    return replace(OPEN, unit=replace(UNIT, state=state))


def test_a_code_typed_at_another_unit_names_both_and_what_to_do() -> None:
    order = replace(ENROL, unit_id=UNIT.unit_id)
    with pytest.raises(EnrolledAlready, match=r"This machine is R07, and the code is for R08\. Make the code on R07's"):
        decide_enrol_unit(order, replace(OPEN, unit=UNIT), GIVEN)
    gone = replace(UNIT, state="revoked")
    with pytest.raises(EnrolledAlready, match=r"R07 is revoked for good\. Let the machine hear that from the hub"):
        decide_enrol_unit(order, replace(OPEN, unit=gone), GIVEN)
    other = replace(UNIT, unit_id=UUID(int=97), code="R12")
    with pytest.raises(EnrolledAlready, match="This machine is R12, and the code is for"):
        decide_enrol_unit(replace(ENROL, unit_id=other.unit_id), replace(AGAIN, unit=other), GIVEN)


def test_the_code_of_a_unit_that_was_revoked_since_says_so_wherever_it_is_typed() -> None:
    gone = replace(AGAIN, units=(replace(UNIT, state="revoked"),))
    for house in (replace(gone, unit=None), replace(gone, unit=gone.units[0])):
        with pytest.raises(UnitStateRefused, match=r"revoked\. Add it as a new unit"):
            decide_enrol_unit(ENROL, house, GIVEN)


def test_enable_disable_revoke_each_only_where_it_changes_something() -> None:
    enable = EnableUnit(command_id=ID, unit_id=UNIT.unit_id)
    disable = DisableUnit(command_id=ID, unit_id=UNIT.unit_id, reason=" counted ")
    revoke = RevokeUnit(command_id=ID, unit_id=UNIT.unit_id, reason="lost")
    assert decide_enable_unit(enable, a_unit(state="disabled"), GIVEN) == [UnitEnabled(unit_id=UNIT.unit_id)]
    assert decide_disable_unit(disable, a_unit(), GIVEN) == [UnitDisabled(unit_id=UNIT.unit_id, reason="counted")]
    revoked = [UnitRevoked(unit_id=UNIT.unit_id, unit_epoch=1, reason="lost")]
    assert decide_revoke_unit(revoke, a_unit(state="forked"), GIVEN) == revoked
    for state in ("enabled", "forked", "behind", "revoked"):
        with pytest.raises(UnitStateRefused):
            decide_enable_unit(enable, a_unit(state=state), GIVEN)
    with pytest.raises(UnitStateRefused):
        decide_disable_unit(disable, a_unit(state="disabled"), GIVEN)
    with pytest.raises(UnitStateRefused):
        decide_revoke_unit(revoke, a_unit(state="revoked"), GIVEN)
    with pytest.raises(UnknownUnit):
        decide_enable_unit(enable, House(True), GIVEN)


def test_an_act_that_would_change_nothing_is_refused_as_that_and_one_that_is_not_allowed_is_not() -> None:
    one = {"command_id": ID, "unit_id": UNIT.unit_id}
    for act in (
        partial(decide_enable_unit, EnableUnit(**one), a_unit(state="enabled")),
        partial(decide_disable_unit, DisableUnit(**one, reason="wet"), a_unit(state="disabled")),
        partial(decide_disable_unit, DisableUnit(**one, reason="wet"), a_unit(state="forked")),
        partial(decide_revoke_unit, RevokeUnit(**one, reason="wet"), a_unit(state="revoked")),
        partial(decide_pause_unit, PauseUnit(**one), a_unit(paused=True)),
        partial(decide_resume_unit, ResumeUnit(**one), a_unit()),
    ):
        with pytest.raises(UnitIsSo):
            act(GIVEN)
    for state in ("forked", "behind", "revoked"):
        with pytest.raises(UnitStateRefused) as refused:
            decide_enable_unit(EnableUnit(**one), a_unit(state=state), GIVEN)
        assert not isinstance(refused.value, UnitIsSo), state


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, "a\nb"])
def test_stopping_a_unit_says_why(reason: str) -> None:
    with pytest.raises(ReasonNeeded):
        decide_disable_unit(DisableUnit(command_id=ID, unit_id=UNIT.unit_id, reason=reason), a_unit(), GIVEN)
    with pytest.raises(ReasonNeeded):
        decide_revoke_unit(RevokeUnit(command_id=ID, unit_id=UNIT.unit_id, reason=reason), a_unit(), GIVEN)


def test_uploads_are_paused_and_resumed_once_each() -> None:
    pause, resume = PauseUnit(command_id=ID, unit_id=UNIT.unit_id), ResumeUnit(command_id=ID, unit_id=UNIT.unit_id)
    assert decide_pause_unit(pause, a_unit(), GIVEN) == [UnitPaused(unit_id=UNIT.unit_id)]
    assert decide_resume_unit(resume, a_unit(paused=True), GIVEN) == [UnitResumed(unit_id=UNIT.unit_id)]
    with pytest.raises(UnitStateRefused):
        decide_pause_unit(pause, a_unit(paused=True), GIVEN)
    with pytest.raises(UnitStateRefused):
        decide_resume_unit(resume, a_unit(), GIVEN)
    with pytest.raises(UnitStateRefused, match="Add it as a new unit"):
        decide_pause_unit(pause, a_unit(state="revoked"), GIVEN)


def test_an_epoch_is_stopped_once_and_an_older_one_leaves_todays_unit_alone() -> None:
    stop = StopEpoch(command_id=ID, unit_id=UNIT.unit_id, unit_epoch=1, state="forked", reason="two histories")
    [fact] = decide_stop_epoch(stop, a_unit(), GIVEN)
    assert isinstance(fact, EpochStopped)
    assert fact.is_current
    for state in ("forked", "revoked"):
        assert decide_stop_epoch(stop, a_unit(state=state), GIVEN) == []
    assert decide_stop_epoch(stop, a_unit(state="behind"), GIVEN) == [fact]
    assert decide_stop_epoch(replace(stop, state="behind"), a_unit(state="forked"), GIVEN) == []
    [fact] = decide_stop_epoch(stop, a_unit(unit_epoch=2), GIVEN)
    assert isinstance(fact, EpochStopped)
    assert not fact.is_current


def test_a_stopped_unit_gets_no_new_certificate() -> None:
    renew = RenewCertificate(command_id=ID, unit_id=UNIT.unit_id, valid_ms=HOUR_MS)
    [fact] = decide_renew_certificate(renew, a_unit(unit_epoch=2), GIVEN)
    assert fact == CertificateIssued(unit_id=UNIT.unit_id, unit_epoch=2, from_ms=NOW, until_ms=NOW + HOUR_MS)
    for state in ("forked", "behind", "revoked"):
        with pytest.raises(UnitStateRefused):
            decide_renew_certificate(renew, a_unit(state=state), GIVEN)


def test_a_unit_of_the_first_release_could_sell_at_once() -> None:
    old = {
        "unit_id": UUID(int=4), "venue_id": VENUE.venue_id, "kind": "rsu", "code": "R08", "name": "RSU 08",
        "sign_key": b"s" * 32, "seal_key": b"e" * 32,
    }  # fmt: skip
    fact = ALL.facts.read("identity.unit_added", 1, encode(old))
    assert isinstance(fact, UnitAdded)
    assert (fact.unit_id, fact.enabled, fact.pairing_id) == (UUID(int=4), True, None)


def test_a_card_without_its_new_fields_reads_as_a_unit_of_the_first_release() -> None:
    assert (UNIT.unit_epoch, UNIT.state, UNIT.paused) == (1, "enabled", False)
    assert isinstance(UNIT, UnitCard)
