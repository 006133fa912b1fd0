"""Rows of devices, owned by the unit that has them."""

from uuid import UUID

from shared.pipeline.changes import Row, TableSpec


class DeviceRow(Row, frozen=True, kw_only=True):
    """A device of a unit as it is set up; `roles` with commas between. Out of use, it stays for what refers to it.

    While it is out of service, `out_since_ms` says since when (ms UTC) and `out_by` who wanted it so.

    No check binds `kind` or a trouble's word: a later unit may know more of them, and an older hub still shows those.
    """

    TABLE = TableSpec("devices", "device", ("device_id",), changes=True)
    device_id: UUID
    kind: str
    name: str
    profile: str
    line: str
    roles: str
    fallback_id: UUID | None
    firmware: str
    in_use: bool
    out_since_ms: int | None = None
    out_by: UUID | None = None


class DeviceTroubleRow(Row, frozen=True, kw_only=True):
    """A device's trouble, over once `ended_ms` is set; `seq` is of the entry that last said something about it."""

    TABLE = TableSpec(
        "devices",
        "trouble",
        ("trouble_id",),
        changes=True,
        indexes=(("since_ms",), ("device_id", "ended_ms")),
    )
    trouble_id: UUID
    device_id: UUID
    trouble: str
    since_ms: int
    ended_ms: int | None
    job_id: UUID | None
    seq: int


class SlipRow(Row, frozen=True, kw_only=True):
    """A slip that was printed again, voided, or seen to have come out, and who said so."""

    TABLE = TableSpec(
        "devices",
        "slip",
        ("seq",),
        checks={"what": "what IN ('reprinted', 'voided', 'confirmed')"},
        indexes=(("job_id",), ("at_ms",)),
    )
    seq: int
    job_id: UUID
    entity_id: UUID
    device_id: UUID | None
    what: str
    role: str
    reason: str
    person_id: UUID | None
    times: int
    at_ms: int


class DrawerOpeningRow(Row, frozen=True, kw_only=True):
    """A cash drawer opened, by whom, with which sale or why without one."""

    TABLE = TableSpec("devices", "drawer_opening", ("seq",), indexes=(("sale_id",), ("at_ms",)))
    seq: int
    device_id: UUID
    sale_id: UUID | None
    reason: str
    opened_by: UUID
    at_ms: int
