"""The raffle slice: plans and runs, leases of draw numbers, sales and voids."""

from shared.domain.raffle import commands, decide, decide_office, facts, project, queries, rows
from shared.pipeline.manifest import Handler, Slice

DEPENDS_ON = ("identity",)


def everyone(_row: rows.PackageRow) -> tuple[str, ...]:
    """Packages are small and carry no venue: every node gets them."""
    return ("org",)


def at_the_venue(row: rows.EventRow) -> tuple[str, ...]:
    """A running event is known at its venue."""
    return (f"venue:{row.venue_id}",)


SLICE = Slice(
    name="raffle",
    facts=(
        facts.EventPlanned,
        facts.EventActivated,
        facts.EventClosed,
        facts.LeaseGranted,
        facts.LeaseRecovered,
        facts.LeaseTaken,
        facts.TicketsSold,
        facts.BuyerNoted,
        facts.SaleVoided,
    ),
    rows=(
        rows.PlanRow,
        rows.EventRow,
        rows.PackageRow,
        rows.LeaseRow,
        rows.LeaseTakenRow,
        rows.SaleRow,
        rows.RangeRow,
        rows.BuyerRow,
        rows.VoidRow,
    ),
    handlers=(
        Handler(commands.PlanEvent, queries.load_plan, decide_office.decide_plan_event),
        Handler(commands.OpenTraining, queries.load_plan, decide_office.decide_open_training),
        Handler(commands.ActivateEvent, queries.load_run, decide_office.decide_activate_event),
        Handler(commands.CloseEvent, queries.load_run, decide_office.decide_close_event),
        Handler(commands.GrantLease, queries.load_grant, decide_office.decide_grant_lease),
        Handler(commands.RecoverLease, queries.load_recover_lease, decide_office.decide_recover_lease),
        Handler(commands.TakeLease, queries.load_take_lease, decide.decide_take_lease),
        Handler(commands.SellTickets, queries.load_sell, decide.decide_sell_tickets),
        Handler(commands.UndoSale, queries.load_undo, decide.decide_undo_sale),
    ),
    projections={
        facts.EventPlanned: project.project_event_planned,
        facts.EventActivated: project.project_event_activated,
        facts.EventClosed: project.project_event_closed,
        facts.LeaseGranted: project.project_lease_granted,
        facts.LeaseRecovered: project.project_lease_granted,
        facts.LeaseTaken: project.project_lease_taken,
        facts.TicketsSold: project.project_tickets_sold,
        facts.BuyerNoted: project.project_buyer_noted,
        facts.SaleVoided: project.project_sale_voided,
    },
    edge_facts=(facts.LeaseTaken, facts.TicketsSold, facts.BuyerNoted, facts.SaleVoided),
    edge_rows=(rows.LeaseTakenRow, rows.SaleRow, rows.RangeRow, rows.BuyerRow, rows.VoidRow),
    carried=(facts.LeaseTaken,),
    feeds={rows.EventRow: at_the_venue, rows.PackageRow: everyone},
    depends_on=DEPENDS_ON,
)
