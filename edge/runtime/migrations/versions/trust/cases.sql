CREATE TABLE cases_case (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    case_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    about_node_id BLOB,
    node_epoch BIGINT NOT NULL,
    entity_id BLOB NOT NULL,
    venue_id BLOB,
    note TEXT NOT NULL,
    opened_ms BIGINT NOT NULL,
    seen_ms BIGINT,
    closed_ms BIGINT,
    outcome TEXT NOT NULL,
    CONSTRAINT cases_case_pkey PRIMARY KEY (org_id, node_id, epoch, branch, case_id),
    CONSTRAINT cases_case_state_check CHECK (state IN ('open', 'closed'))
);

CREATE INDEX cases_case_state_opened_ms_idx ON cases_case (org_id, state, opened_ms);

CREATE TABLE cases_evidence (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    case_id BLOB NOT NULL,
    entry_node_id BLOB NOT NULL,
    entry_epoch BIGINT NOT NULL,
    entry_seq BIGINT NOT NULL,
    entry_hash BLOB NOT NULL,
    chain TEXT NOT NULL,
    entity_id BLOB NOT NULL,
    venue_id BLOB,
    added_ms BIGINT NOT NULL,
    CONSTRAINT cases_evidence_pkey PRIMARY KEY (org_id, node_id, epoch, branch, case_id, entry_node_id, entry_epoch, entry_seq, entry_hash)
);

CREATE TABLE cases_step (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    step_id BLOB NOT NULL,
    seq BIGINT NOT NULL,
    case_id BLOB NOT NULL,
    act TEXT NOT NULL,
    person_id BLOB,
    at_ms BIGINT NOT NULL,
    choice BLOB NOT NULL,
    detail TEXT NOT NULL,
    CONSTRAINT cases_step_pkey PRIMARY KEY (org_id, node_id, epoch, branch, step_id)
);

CREATE INDEX cases_step_case_id_at_ms_idx ON cases_step (org_id, case_id, at_ms);

CREATE TABLE cases_paper (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    case_id BLOB NOT NULL,
    sale_node_id BLOB NOT NULL,
    sale_epoch BIGINT NOT NULL,
    sale_seq BIGINT NOT NULL,
    sale_chain TEXT NOT NULL,
    validation_number TEXT NOT NULL,
    person_id BLOB,
    seen_ms BIGINT NOT NULL,
    CONSTRAINT cases_paper_pkey PRIMARY KEY (org_id, node_id, epoch, branch, case_id, sale_node_id, sale_epoch, sale_seq, sale_chain)
);

CREATE TABLE cases_doubt (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    entry_node_id BLOB NOT NULL,
    entry_epoch BIGINT NOT NULL,
    entry_seq BIGINT NOT NULL,
    entry_hash BLOB NOT NULL,
    kind TEXT NOT NULL,
    chain TEXT NOT NULL,
    entity_id BLOB NOT NULL,
    case_id BLOB NOT NULL,
    venue_id BLOB,
    CONSTRAINT cases_doubt_pkey PRIMARY KEY (org_id, node_id, epoch, branch, entry_node_id, entry_epoch, entry_seq, entry_hash, kind)
);

CREATE INDEX cases_doubt_entry_node_id_entry_epoch_entry_seq_idx ON cases_doubt (org_id, entry_node_id, entry_epoch, entry_seq);

CREATE INDEX cases_doubt_kind_idx ON cases_doubt (org_id, kind);

CREATE TABLE cases_verdict (
    org_id BLOB NOT NULL,
    node_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    branch BIGINT NOT NULL,
    sale_node_id BLOB NOT NULL,
    sale_epoch BIGINT NOT NULL,
    sale_seq BIGINT NOT NULL,
    sale_chain TEXT NOT NULL,
    sale_id BLOB NOT NULL,
    verdict TEXT NOT NULL,
    case_id BLOB NOT NULL,
    venue_id BLOB,
    decided_ms BIGINT NOT NULL,
    CONSTRAINT cases_verdict_pkey PRIMARY KEY (org_id, node_id, epoch, branch, sale_node_id, sale_epoch, sale_seq, sale_chain),
    CONSTRAINT cases_verdict_verdict_check CHECK (verdict IN ('keep', 'refund'))
);

CREATE INDEX cases_verdict_sale_node_id_sale_epoch_sale_seq_idx ON cases_verdict (org_id, sale_node_id, sale_epoch, sale_seq);

DROP VIEW raffle_event_total;

DROP VIEW raffle_unit_total;

DROP VIEW raffle_sale_state;

CREATE VIEW raffle_contested_lease AS
SELECT org_id, event_id, node_id, epoch, branch, lease_id, first_number, last_number FROM (
    SELECT t.org_id, t.event_id, t.node_id, t.epoch, t.branch, t.lease_id, t.first_number, t.last_number,
        max(t.last_number) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached,
        lead(t.first_number) OVER w AS next_first
    FROM raffle_lease_taken AS t
    WINDOW w AS (PARTITION BY t.org_id, t.event_id
        ORDER BY t.first_number, t.node_id, t.epoch, t.branch, t.lease_id)
) AS claims
WHERE reached >= first_number OR next_first <= last_number;

CREATE VIEW raffle_met_sale AS
SELECT DISTINCT org_id, event_id, node_id, epoch, branch, seq FROM (
    SELECT r.org_id, r.event_id, r.node_id, r.epoch, r.branch, r.sale_seq AS seq, r.first_number, r.last_number,
        max(r.last_number) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached,
        lead(r.first_number) OVER w AS next_first
    FROM raffle_contested_lease AS c
    JOIN raffle_range AS r ON r.org_id = c.org_id AND r.event_id = c.event_id AND r.node_id = c.node_id
        AND r.epoch = c.epoch AND r.branch = c.branch AND r.lease_id = c.lease_id
    WINDOW w AS (PARTITION BY r.org_id, r.event_id
        ORDER BY r.first_number, r.node_id, r.epoch, r.branch, r.lease_id)
) AS claims
WHERE reached >= first_number OR next_first <= last_number;

CREATE VIEW raffle_sale_state AS
SELECT s.*,
    EXISTS (
        SELECT 1 FROM raffle_void AS w
        WHERE w.org_id = s.org_id AND w.sale_node_id = s.node_id AND w.sale_epoch = s.epoch AND w.sale_seq = s.seq
          AND w.sale_chain = s.chain AND w.sale_id = s.sale_id) AS is_void,
    ((s.org_id, s.event_id, s.node_id, s.epoch, s.branch, s.seq) IN (
        SELECT org_id, event_id, node_id, epoch, branch, seq FROM raffle_met_sale)
     OR EXISTS (
        SELECT 1 FROM cases_doubt AS d
        WHERE d.org_id = s.org_id AND d.entry_node_id = s.node_id AND d.entry_epoch = s.epoch AND d.entry_seq = s.seq
          AND d.chain = s.chain))
    AND NOT EXISTS (
        SELECT 1 FROM cases_verdict AS v
        WHERE v.org_id = s.org_id AND v.sale_node_id = s.node_id AND v.sale_epoch = s.epoch AND v.sale_seq = s.seq
          AND v.sale_chain = s.chain) AS is_disputed,
    EXISTS (
        SELECT 1 FROM cases_verdict AS v
        WHERE v.org_id = s.org_id AND v.sale_node_id = s.node_id AND v.sale_epoch = s.epoch AND v.sale_seq = s.seq
          AND v.sale_chain = s.chain AND v.verdict = 'refund') AS is_refunded
FROM raffle_sale AS s;

CREATE VIEW raffle_disputed_sale AS
SELECT s.*,
    EXISTS (
        SELECT 1 FROM raffle_void AS w
        WHERE w.org_id = s.org_id AND w.sale_node_id = s.node_id AND w.sale_epoch = s.epoch AND w.sale_seq = s.seq
          AND w.sale_chain = s.chain AND w.sale_id = s.sale_id) AS is_void,
    (SELECT v.verdict FROM cases_verdict AS v
        WHERE v.org_id = s.org_id AND v.sale_node_id = s.node_id AND v.sale_epoch = s.epoch AND v.sale_seq = s.seq
          AND v.sale_chain = s.chain
        ORDER BY v.decided_ms DESC LIMIT 1) AS verdict
FROM (
    SELECT org_id, node_id, epoch, branch, seq FROM raffle_met_sale
    UNION
    SELECT s.org_id, s.node_id, s.epoch, s.branch, s.seq FROM cases_doubt AS d
    JOIN raffle_sale AS s ON s.org_id = d.org_id AND s.node_id = d.entry_node_id AND s.epoch = d.entry_epoch
        AND s.seq = d.entry_seq AND s.chain = d.chain
) AS k
JOIN raffle_sale AS s ON s.org_id = k.org_id AND s.node_id = k.node_id AND s.epoch = k.epoch
    AND s.branch = k.branch AND s.seq = k.seq;

CREATE VIEW raffle_unit_total AS
SELECT * FROM (
    SELECT org_id, event_id, node_id, currency,
        sum(sale_count) AS sale_count,
        sum(ticket_count) AS ticket_count,
        sum(amount_minor) AS amount_minor,
        sum(cash_minor) AS cash_minor,
        max(last_sold_ms) AS last_sold_ms,
        sum(disputed_count) AS disputed_count,
        sum(disputed_minor) AS disputed_minor
    FROM (
        SELECT org_id, event_id, node_id, currency,
            count(*) AS sale_count,
            sum(ticket_count) AS ticket_count,
            sum(amount_minor) AS amount_minor,
            sum(CASE WHEN tender = 'cash' THEN amount_minor ELSE 0 END) AS cash_minor,
            max(sold_ms) AS last_sold_ms,
            0 AS disputed_count,
            0 AS disputed_minor
        FROM raffle_sale AS s
        WHERE NOT EXISTS (
            SELECT 1 FROM raffle_void AS w
            WHERE w.org_id = s.org_id AND w.sale_node_id = s.node_id AND w.sale_epoch = s.epoch AND w.sale_seq = s.seq
              AND w.sale_chain = s.chain AND w.sale_id = s.sale_id)
        GROUP BY org_id, event_id, node_id, currency
        UNION ALL
        SELECT org_id, event_id, node_id, currency, -1, -ticket_count, -amount_minor,
            CASE WHEN tender = 'cash' THEN -amount_minor ELSE 0 END, 0,
            CASE WHEN verdict IS NULL THEN 1 ELSE 0 END,
            CASE WHEN verdict IS NULL THEN amount_minor ELSE 0 END
        FROM raffle_disputed_sale
        WHERE NOT is_void AND (verdict IS NULL OR verdict = 'refund')
    ) AS parts
    GROUP BY org_id, event_id, node_id, currency
) AS totals
WHERE sale_count > 0 OR disputed_count > 0;

CREATE VIEW raffle_event_total AS
SELECT org_id, event_id, currency,
    sum(sale_count) AS sale_count,
    sum(ticket_count) AS ticket_count,
    sum(amount_minor) AS amount_minor,
    sum(disputed_count) AS disputed_count,
    sum(disputed_minor) AS disputed_minor
FROM raffle_unit_total
GROUP BY org_id, event_id, currency;

CREATE INDEX raffle_lease_holder_id_holder_epoch_idx ON raffle_lease (org_id, holder_id, holder_epoch);
