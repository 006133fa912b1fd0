CREATE TABLE sync.hub_state (
    org_id UUID NOT NULL,
    generation BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    state VARCHAR NOT NULL,
    since_ms BIGINT NOT NULL,
    PRIMARY KEY (org_id)
);

alter table sync.hub_state enable row level security;
alter table sync.hub_state force row level security;
create policy tenant on sync.hub_state using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update on table sync.hub_state to tillhouse_app;
grant select, insert, update on table sync.hub_state to tillhouse_worker;

CREATE TABLE sync.evidence_shown (
    org_id UUID NOT NULL,
    generation BIGINT NOT NULL,
    node_id UUID NOT NULL,
    shown_ms BIGINT,
    lost_by_1 UUID,
    lost_by_2 UUID,
    PRIMARY KEY (org_id, generation, node_id)
);

alter table sync.evidence_shown enable row level security;
alter table sync.evidence_shown force row level security;
create policy tenant on sync.evidence_shown using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update on table sync.evidence_shown to tillhouse_app;
grant select, insert, update on table sync.evidence_shown to tillhouse_worker;

CREATE TABLE sync.backup (
    org_id UUID NOT NULL,
    backup_ms BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    generation BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    entry_count BIGINT NOT NULL,
    verified_ms BIGINT NOT NULL,
    PRIMARY KEY (org_id, backup_ms)
);

alter table sync.backup enable row level security;
alter table sync.backup force row level security;
create policy tenant on sync.backup using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert on table sync.backup to tillhouse_app;
grant select, insert on table sync.backup to tillhouse_worker;

CREATE TABLE sync.watermark (
    org_id UUID NOT NULL,
    node_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    backup_ms BIGINT NOT NULL,
    PRIMARY KEY (org_id, node_id, epoch, branch)
);

alter table sync.watermark enable row level security;
alter table sync.watermark force row level security;
create policy tenant on sync.watermark using (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid)) with check (org_id = (select nullif(current_setting('tillhouse.org', true), '')::uuid));
grant select, insert, update on table sync.watermark to tillhouse_app;
grant select, insert, update on table sync.watermark to tillhouse_worker;

-- A restored hub carries its rows over to its next epoch: the owner's epoch moves, and nothing else, ever.
CREATE FUNCTION journal.refuse_change_but_epoch() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF NEW.epoch > OLD.epoch AND to_jsonb(NEW) - 'epoch' = to_jsonb(OLD) - 'epoch' AND EXISTS (
        SELECT 1 FROM sync.hub_state AS h WHERE h.org_id = NEW.org_id AND h.epoch = NEW.epoch) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME USING
        ERRCODE = 'integrity_constraint_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
END
$body$;

DROP TRIGGER raffle_lease_fixed ON raffle.raffle_lease;
CREATE TRIGGER raffle_lease_fixed BEFORE UPDATE ON raffle.raffle_lease FOR EACH ROW EXECUTE FUNCTION journal.refuse_change_but_epoch();
grant update (epoch) on table raffle.raffle_lease to tillhouse_app;
grant update (epoch) on table raffle.raffle_package to tillhouse_app;
