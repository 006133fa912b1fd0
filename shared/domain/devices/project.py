"""Facts about devices to rows; pure."""

from collections.abc import Iterator

from shared.domain.devices.facts import (
    DeviceAdded,
    DeviceChanged,
    DeviceRemoved,
    DrawerOpened,
    SlipConfirmed,
    SlipReprinted,
    SlipVoided,
    TroubleBegan,
    TroubleEnded,
)
from shared.domain.devices.rows import DeviceRow, DeviceTroubleRow, DrawerOpeningRow, SlipRow
from shared.domain.devices.state import roles_text
from shared.journal.entry import Entry, Fact
from shared.pipeline.changes import Change, Put


def project_device(fact: Entry[DeviceAdded] | Entry[DeviceChanged] | Entry[DeviceRemoved]) -> Iterator[Change]:
    """The device as it is from now on."""
    body = fact.body
    yield Put(
        DeviceRow(
            owner=fact.owner,
            device_id=body.device_id,
            kind=body.kind,
            name=body.name,
            profile=body.profile,
            line=body.line,
            roles=roles_text(body.roles),
            fallback_id=body.fallback_id,
            firmware=body.firmware,
            in_use=not isinstance(body, DeviceRemoved),
            out_since_ms=body.out_since_ms,
            out_by=body.out_by,
        )
    )


def project_trouble(fact: Entry[TroubleBegan] | Entry[TroubleEnded]) -> Iterator[Change]:
    """The trouble, open or over."""
    body = fact.body
    over = isinstance(body, TroubleEnded)
    yield Put(
        DeviceTroubleRow(
            owner=fact.owner,
            trouble_id=body.trouble_id,
            device_id=body.device_id,
            trouble=body.trouble,
            since_ms=body.since_ms if isinstance(body, TroubleEnded) else fact.wall_ms,
            ended_ms=fact.wall_ms if over else None,
            job_id=body.job_id,
            seq=fact.seq,
        )
    )


BECAME: dict[type[Fact], str] = {SlipReprinted: "reprinted", SlipVoided: "voided", SlipConfirmed: "confirmed"}


def project_slip(fact: Entry[SlipReprinted] | Entry[SlipVoided] | Entry[SlipConfirmed]) -> Iterator[Change]:
    """What became of a slip."""
    body = fact.body
    yield Put(
        SlipRow(
            owner=fact.owner,
            seq=fact.seq,
            job_id=body.job_id,
            entity_id=body.entity_id,
            device_id=body.device_id,
            what=BECAME[type(body)],
            role=body.role,
            reason=body.reason,
            person_id=body.person_id,
            times=body.times if isinstance(body, SlipReprinted) else 0,
            at_ms=fact.wall_ms,
        )
    )


def project_drawer_opened(fact: Entry[DrawerOpened]) -> Iterator[Change]:
    """An opening."""
    body = fact.body
    yield Put(
        DrawerOpeningRow(
            owner=fact.owner,
            seq=fact.seq,
            device_id=body.device_id,
            sale_id=body.sale_id,
            reason=body.reason,
            opened_by=body.opened_by,
            at_ms=fact.wall_ms,
        )
    )
