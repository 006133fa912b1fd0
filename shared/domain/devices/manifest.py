"""The devices slice: which devices a unit has, and every incident with them; all told by the unit itself."""

from shared.domain.devices import commands, decide, decide_incident, facts, project, queries, rows
from shared.pipeline.manifest import Handler, Slice

DEPENDS_ON = ("identity", "raffle")
FACTS = (
    facts.DeviceAdded,
    facts.DeviceChanged,
    facts.DeviceRemoved,
    facts.TroubleBegan,
    facts.TroubleEnded,
    facts.SlipReprinted,
    facts.SlipVoided,
    facts.DrawerOpened,
    facts.SlipConfirmed,
)
ROWS = (rows.DeviceRow, rows.DeviceTroubleRow, rows.SlipRow, rows.DrawerOpeningRow)
"""No office has devices: every fact is an edge's, and so is every row."""

SLICE = Slice(
    name="devices",
    facts=FACTS,
    rows=ROWS,
    handlers=(
        Handler(commands.AddDevice, queries.load_equipment, decide.decide_add_device),
        Handler(commands.ChangeDevice, queries.load_equipment, decide.decide_change_device),
        Handler(commands.ServeDevice, queries.load_equipment, decide.decide_serve_device),
        Handler(commands.RemoveDevice, queries.load_removal, decide.decide_remove_device),
        Handler(commands.KeepDevices, queries.load_keep, decide.decide_keep_devices),
        Handler(commands.NoteDeviceTrouble, queries.load_device, decide_incident.decide_note_device_trouble),
        Handler(commands.NoteDeviceWell, queries.load_device, decide_incident.decide_note_device_well),
        Handler(commands.NoteSlipReprinted, queries.load_slip, decide_incident.decide_note_slip_reprinted),
        Handler(commands.NoteSlipConfirmed, queries.load_slip, decide_incident.decide_note_slip_confirmed),
        Handler(commands.NoteSlipVoided, queries.load_slip, decide_incident.decide_note_slip_voided),
        Handler(commands.OpenDrawer, queries.load_drawer, decide_incident.decide_open_drawer),
    ),
    projections={
        facts.DeviceAdded: project.project_device,
        facts.DeviceChanged: project.project_device,
        facts.DeviceRemoved: project.project_device,
        facts.TroubleBegan: project.project_trouble,
        facts.TroubleEnded: project.project_trouble,
        facts.SlipReprinted: project.project_slip,
        facts.SlipVoided: project.project_slip,
        facts.SlipConfirmed: project.project_slip,
        facts.DrawerOpened: project.project_drawer_opened,
    },
    feeds={},
    edge_facts=FACTS,
    edge_rows=ROWS,
    depends_on=DEPENDS_ON,
)
