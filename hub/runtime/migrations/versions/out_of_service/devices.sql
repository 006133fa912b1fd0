alter table devices.devices_device add column out_since_ms bigint, add column out_by uuid;

alter table devices.devices_slip drop constraint devices_slip_what_check;

alter table devices.devices_slip
    add constraint devices_slip_what_check check (what in ('reprinted', 'voided', 'confirmed'));
