"""What identity decides about units: pairing, enrolment, certificates, enable, disable, revoke, pause. Pure."""

from uuid import UUID

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
from shared.domain.identity.decide import named
from shared.domain.identity.errors import (
    BadKeys,
    EnrolledAlready,
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
from shared.domain.identity.state import (
    DIGEST_BYTES,
    KEY_BYTES,
    OVER,
    REASON_LETTERS_MAX,
    STOPPED_EPOCHS,
    UNIT_KINDS,
    House,
    PairingCard,
    UnitCard,
    assert_not_recovering,
    next_epoch,
)
from shared.journal.entry import Fact
from shared.pipeline.command import Given


def decide_open_pairing(order: OpenPairing, house: House, given: Given) -> list[Fact]:
    """Make room for a new unit under a free code, or for a known one under its next epoch."""
    assert len(order.digest) == DIGEST_BYTES, "the digest of a secret"
    if order.venue_id not in {venue.venue_id for venue in house.venues}:
        raise UnknownVenue
    if order.kind not in UNIT_KINDS:
        raise UnknownKind(kind=order.kind[:40])
    code = named("A unit's code", order.code)
    if order.unit_id is None and any(code == unit.code for unit in house.units):
        raise UnitExists(code=code)
    if order.unit_id is not None:
        _assert_not_revoked(_known(next((one for one in house.units if one.unit_id == order.unit_id), None)))
    return [
        PairingOpened(
            pairing_id=given.new_id(),
            unit_id=order.unit_id,
            venue_id=order.venue_id,
            kind=order.kind,
            code=code,
            name=named("A unit", order.name),
            digest=order.digest,
            expires_ms=order.expires_ms,
            enable=order.enable,
        )
    ]


def decide_enrol_unit(order: EnrolUnit, house: House, given: Given) -> list[Fact]:
    """Take a unit in, once a pairing; it gets its certificate at once and sells when it is enabled."""
    assert_not_recovering(given.holds)
    pairing = _open(house.pairing, given)
    if len(order.sign_key) != KEY_BYTES or len(order.seal_key) != KEY_BYTES or not any(order.sign_key):
        raise BadKeys
    if pairing.unit_id is None:
        if house.unit is not None:
            raise EnrolledAlready(unit=house.unit.code, code=pairing.code, advice=_advice(house.unit))
        if any(pairing.code == unit.code for unit in house.units):
            raise UnitExists(code=pairing.code)
        added: Fact = _added(order, pairing)
        epoch = 1
    else:
        for meant in (one for one in house.units if one.unit_id == pairing.unit_id):
            _assert_not_revoked(meant)  # since the code was made
        if pairing.unit_id != order.unit_id:
            if house.unit is not None:
                raise EnrolledAlready(unit=house.unit.code, code=pairing.code, advice=_advice(house.unit))
            raise PairingOfOther(code=pairing.code)
        unit = _known(house.unit)
        epoch = next_epoch(unit.unit_epoch, given.owner.epoch)
        added = UnitEnrolledAgain(
            unit_id=unit.unit_id,
            unit_epoch=epoch,
            previous_epoch=unit.unit_epoch,
            sign_key=order.sign_key,
            seal_key=order.seal_key,
            pairing_id=pairing.pairing_id,
            enabled=pairing.enable,
            before_stopped=unit.state in OVER,
            also_over=tuple(one.pairing_id for one in house.rooms if _is_beside(one, pairing)),
        )
    return [added, _certificate(order.unit_id, epoch, order.valid_ms, given)]


def _is_beside(one: PairingCard, used: PairingCard) -> bool:
    return one.unit_id == used.unit_id and one.pairing_id != used.pairing_id


def _advice(unit: UnitCard) -> str:
    if unit.state == "revoked":
        return f"{unit.code} is revoked for good. Let the machine hear that from the hub, then type a new unit's code."
    return f"Make the code on {unit.code}'s own page to enrol it anew, or type this one at the other machine."


def _added(order: EnrolUnit, pairing: PairingCard) -> UnitAdded:
    return UnitAdded(
        unit_id=order.unit_id,
        venue_id=pairing.venue_id,
        kind=pairing.kind,
        code=pairing.code,
        name=pairing.name,
        sign_key=order.sign_key,
        seal_key=order.seal_key,
        pairing_id=pairing.pairing_id,
        enabled=pairing.enable,
    )


def _certificate(unit_id: UUID, epoch: int, valid_ms: int, given: Given) -> CertificateIssued:
    now_ms = given.moment.wall_ms
    return CertificateIssued(unit_id=unit_id, unit_epoch=epoch, from_ms=now_ms, until_ms=now_ms + valid_ms)


def _open(pairing: PairingCard | None, given: Given) -> PairingCard:
    if pairing is None:
        raise UnknownPairing
    if pairing.state != "open" or pairing.expires_ms <= given.moment.wall_ms:
        raise PairingOver(code=pairing.code)
    return pairing


def _known(unit: UnitCard | None) -> UnitCard:
    if unit is None:
        raise UnknownUnit
    return unit


def _assert_not_revoked(unit: UnitCard) -> None:
    if unit.state == "revoked":
        raise UnitStateRefused(unit=unit.name, state="revoked", advice="Add it as a new unit.")


def decide_renew_certificate(order: RenewCertificate, house: House, given: Given) -> list[Fact]:
    """A unit that is enabled or disabled gets a new certificate; one that is stopped for good does not."""
    unit = _known(house.unit)
    if unit.state not in {"enabled", "disabled"}:
        raise UnitStateRefused(unit=unit.name, state=unit.state, advice="Enrol it anew first.")
    return [_certificate(unit.unit_id, unit.unit_epoch, order.valid_ms, given)]


def decide_enable_unit(order: EnableUnit, house: House, given: Given) -> list[Fact]:
    """Only a unit that is disabled is enabled; a forked or revoked one must be enrolled anew."""
    assert_not_recovering(given.holds)
    unit = _known(house.unit)
    if unit.state != "disabled":
        _assert_not_revoked(unit)
        if unit.state == "enabled":
            raise UnitIsSo(unit=unit.name, state=unit.state)
        raise UnitStateRefused(unit=unit.name, state=unit.state, advice="Enrol it anew first.")
    return [UnitEnabled(unit_id=order.unit_id)]


def decide_disable_unit(order: DisableUnit, house: House, _given: Given) -> list[Fact]:
    """Stop a unit that sells."""
    unit = _known(house.unit)
    if unit.state != "enabled":
        raise UnitIsSo(unit=unit.name, state=unit.state)
    return [UnitDisabled(unit_id=order.unit_id, reason=_reason(order.reason))]


def decide_revoke_unit(order: RevokeUnit, house: House, _given: Given) -> list[Fact]:
    """Stop a unit for good, once."""
    unit = _known(house.unit)
    if unit.state == "revoked":
        raise UnitIsSo(unit=unit.name, state=unit.state)
    return [UnitRevoked(unit_id=order.unit_id, unit_epoch=unit.unit_epoch, reason=_reason(order.reason))]


def decide_stop_epoch(order: StopEpoch, house: House, _given: Given) -> list[Fact]:
    """The hub stops an epoch that has two histories, or one that came back older; the graver finding stays."""
    unit = _known(house.unit)
    assert order.state in STOPPED_EPOCHS, "the hub stops an epoch for what it saw"
    current = order.unit_epoch == unit.unit_epoch
    if current and (unit.state in {"forked", "revoked"} or unit.state == order.state):
        return []
    return [
        EpochStopped(
            unit_id=order.unit_id,
            unit_epoch=order.unit_epoch,
            state=order.state,
            reason=_reason(order.reason),
            is_current=current,
        )
    ]


def decide_pause_unit(order: PauseUnit, house: House, _given: Given) -> list[Fact]:
    """Take nothing from a unit for now; what a revoked one still holds is waited for."""
    unit = _known(house.unit)
    _assert_not_revoked(unit)
    if unit.paused:
        raise UnitIsSo(unit=unit.name, state="paused")
    return [UnitPaused(unit_id=order.unit_id)]


def decide_resume_unit(order: ResumeUnit, house: House, _given: Given) -> list[Fact]:
    """Take its uploads again."""
    unit = _known(house.unit)
    if not unit.paused:
        raise UnitIsSo(unit=unit.name, state="not paused")
    return [UnitResumed(unit_id=order.unit_id)]


def _reason(text: str) -> str:
    if not 0 < len(text.strip()) <= REASON_LETTERS_MAX or not text.isprintable():
        raise ReasonNeeded(maximum=REASON_LETTERS_MAX)
    return text.strip()
