-- Every leased number in exactly one class: sold + void + disputed + unsold + quarantined = leased.
-- Leases are counted from their granter's rows. A lease that its own epoch took as it was granted, and that no other
-- journal claims, counts by the size of its ranges; what is left (second histories, claims without a grant) is looked
-- at number by number inside granted leases, where the strongest claim counts: sold (1), then disputed (2), void (3).
-- Nearly every sale is just sold: each range is read once, for its size. What is set aside is a small set, taken off
-- sold and found by keys (OFFSET 0 keeps the planner from reading all sales or all ranges for it).
CREATE INDEX raffle_range_node_id_epoch_sale_seq_idx ON raffle.raffle_range (org_id, node_id, epoch, sale_seq);

create view raffle.raffle_set_aside with (security_invoker = true) as
SELECT s.org_id, s.event_id, s.node_id, s.epoch, s.branch, s.seq, 3 AS class
FROM raffle.raffle_void AS w
JOIN (SELECT DISTINCT org_id, node_id, epoch, branch FROM raffle.raffle_lease_taken) AS j
    ON j.org_id = w.org_id AND j.node_id = w.sale_node_id AND j.epoch = w.sale_epoch
CROSS JOIN LATERAL (
    SELECT s.* FROM raffle.raffle_sale AS s
    WHERE s.org_id = w.org_id AND s.node_id = w.sale_node_id AND s.epoch = w.sale_epoch AND s.branch = j.branch
        AND s.seq = w.sale_seq AND s.chain = w.sale_chain AND s.sale_id = w.sale_id
    OFFSET 0
) AS s
UNION
SELECT org_id, event_id, node_id, epoch, branch, seq, CASE WHEN verdict IS NULL THEN 2 ELSE 3 END
FROM raffle.raffle_disputed_sale WHERE NOT is_void AND (verdict IS NULL OR verdict = 'refund');
grant select on table raffle.raffle_set_aside to tillhouse_app;
grant select on table raffle.raffle_set_aside to tillhouse_worker;

create view raffle.raffle_lease_state with (security_invoker = true) as
WITH taken AS MATERIALIZED (
    SELECT t.org_id, t.event_id, t.node_id, t.epoch, t.branch, t.lease_id, t.first_number, t.last_number,
        l.lease_id IS NOT NULL AND c.lease_id IS NULL
            AND count(*) OVER (PARTITION BY t.org_id, t.lease_id) = 1 AS is_plain
    FROM raffle.raffle_lease_taken AS t
    LEFT JOIN raffle.raffle_lease AS l ON l.org_id = t.org_id AND l.lease_id = t.lease_id
        AND l.event_id = t.event_id AND l.first_number = t.first_number AND l.last_number = t.last_number
        AND l.holder_id = t.node_id AND l.holder_epoch = t.epoch
    LEFT JOIN raffle.raffle_contested_lease AS c ON c.org_id = t.org_id AND c.event_id = t.event_id
        AND c.node_id = t.node_id AND c.epoch = t.epoch AND c.branch = t.branch AND c.lease_id = t.lease_id
), odd AS MATERIALIZED (
    SELECT t.org_id, t.node_id, t.epoch, t.branch, t.lease_id, l.lease_id AS granted_id, l.first_number, l.last_number
    FROM taken AS t
    JOIN raffle.raffle_lease AS l ON l.org_id = t.org_id AND l.event_id = t.event_id
        AND l.first_number <= t.last_number AND l.last_number >= t.first_number
    WHERE NOT t.is_plain
), aside AS MATERIALIZED (
    SELECT r.org_id, r.node_id, r.epoch, r.branch, r.lease_id, r.first_number, r.last_number, a.class
    FROM raffle.raffle_set_aside AS a
    CROSS JOIN LATERAL (
        SELECT r.* FROM raffle.raffle_range AS r
        WHERE r.org_id = a.org_id AND r.node_id = a.node_id AND r.epoch = a.epoch AND r.branch = a.branch
            AND r.sale_seq = a.seq
        OFFSET 0
    ) AS r
), sizes AS (
    SELECT org_id, lease_id, 1 AS class, sum(last_number - first_number + 1)::bigint AS numbers
    FROM raffle.raffle_range GROUP BY org_id, lease_id
    UNION ALL
    SELECT a.org_id, a.lease_id, k.class, k.sign * (a.last_number - a.first_number + 1)
    FROM aside AS a CROSS JOIN LATERAL (VALUES (1, -1), (a.class, 1)) AS k (class, sign)
), claims AS (
    SELECT k.org_id, k.lease_id, k.class, k.numbers FROM sizes AS k
    JOIN taken AS t ON t.org_id = k.org_id AND t.lease_id = k.lease_id AND t.is_plain
    UNION ALL
    SELECT org_id, lease_id, class, count(*) FROM (
        SELECT o.org_id, o.granted_id AS lease_id, number, min(coalesce(a.class, 1)) AS class
        FROM odd AS o
        JOIN raffle.raffle_range AS r ON r.org_id = o.org_id AND r.node_id = o.node_id AND r.epoch = o.epoch
            AND r.branch = o.branch AND r.lease_id = o.lease_id
            AND r.first_number <= o.last_number AND r.last_number >= o.first_number
        LEFT JOIN aside AS a ON a.org_id = r.org_id AND a.node_id = r.node_id AND a.epoch = r.epoch
            AND a.branch = r.branch AND a.lease_id = r.lease_id AND a.first_number = r.first_number
        CROSS JOIN LATERAL generate_series(
            greatest(r.first_number, o.first_number), least(r.last_number, o.last_number)) AS number
        GROUP BY o.org_id, o.granted_id, number
    ) AS strongest GROUP BY org_id, lease_id, class
), sums AS (
    SELECT org_id, lease_id,
        coalesce(sum(numbers) FILTER (WHERE class = 1), 0) AS sold,
        coalesce(sum(numbers) FILTER (WHERE class = 2), 0) AS disputed,
        coalesce(sum(numbers) FILTER (WHERE class = 3), 0) AS void,
        sum(numbers) AS used
    FROM claims GROUP BY org_id, lease_id
)
SELECT l.org_id, l.event_id, l.lease_id, l.holder_id, l.holder_epoch, l.first_number, l.last_number,
    (l.last_number - l.first_number + 1)::bigint AS leased,
    coalesce(u.sold, 0)::bigint AS sold,
    coalesce(u.void, 0)::bigint AS void,
    coalesce(u.disputed, 0)::bigint AS disputed,
    CASE WHEN h.is_over THEN 0 ELSE l.last_number - l.first_number + 1 - coalesce(u.used, 0) END::bigint AS unsold,
    CASE WHEN h.is_over THEN l.last_number - l.first_number + 1 - coalesce(u.used, 0) ELSE 0 END::bigint AS quarantined
FROM raffle.raffle_lease AS l
LEFT JOIN sums AS u ON u.org_id = l.org_id AND u.lease_id = l.lease_id
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT 1 FROM identity.identity_unit_epoch AS e
        WHERE e.org_id = l.org_id AND e.unit_id = l.holder_id AND e.unit_epoch = l.holder_epoch AND e.state <> 'active'
    ) AS is_over
) AS h;
grant select on table raffle.raffle_lease_state to tillhouse_app;
grant select on table raffle.raffle_lease_state to tillhouse_worker;

create view raffle.raffle_number_total with (security_invoker = true) as
SELECT org_id, event_id, sum(leased)::bigint AS leased, sum(sold)::bigint AS sold, sum(void)::bigint AS void,
    sum(unsold)::bigint AS unsold, sum(quarantined)::bigint AS quarantined, sum(disputed)::bigint AS disputed
FROM raffle.raffle_lease_state
GROUP BY org_id, event_id;
grant select on table raffle.raffle_number_total to tillhouse_app;
grant select on table raffle.raffle_number_total to tillhouse_worker;
