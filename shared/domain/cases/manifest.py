"""The cases slice: what a human must look at, and what people decided about it."""

from shared.domain.cases import commands, decide, facts, project, queries, rows
from shared.pipeline.manifest import Handler, Slice

DEPENDS_ON = ("identity", "raffle")
Placed = rows.CaseRow | rows.CaseEvidenceRow | rows.DoubtRow | rows.VerdictRow


def at_the_venue_edge(row: Placed) -> tuple[str, ...]:
    """What counts and what is looked into is known at the venue edge of its venue; an RSU needs none of it."""
    return (f"venue:{row.venue_id}:venue" if row.venue_id else "org:venue",)


SLICE = Slice(
    name="cases",
    facts=(
        facts.CaseOpened,
        facts.EvidenceAdded,
        facts.CaseSeen,
        facts.PaperRecorded,
        facts.ActSigned,
        facts.SalesDecided,
        facts.HeldDecided,
        facts.CaseReopened,
        facts.CaseClosed,
    ),
    rows=(
        rows.CaseRow,
        rows.CaseEvidenceRow,
        rows.CaseStepRow,
        rows.CasePaperRow,
        rows.DoubtRow,
        rows.VerdictRow,
    ),
    handlers=(
        Handler(commands.OpenCase, queries.load_open, decide.decide_open_case),
        Handler(commands.SeeCase, queries.load_case, decide.decide_see_case),
        Handler(commands.RecordPaper, queries.load_case, decide.decide_record_paper),
        Handler(commands.DecideSales, queries.load_case, decide.decide_decide_sales),
        Handler(commands.DecideHeld, queries.load_case, decide.decide_decide_held),
        Handler(commands.ReopenCase, queries.load_case, decide.decide_reopen_case),
        Handler(commands.CloseCase, queries.load_case, decide.decide_close_case),
    ),
    projections={
        facts.CaseOpened: project.project_case_opened,
        facts.EvidenceAdded: project.project_evidence_added,
        facts.CaseSeen: project.project_case_seen,
        facts.PaperRecorded: project.project_paper_recorded,
        facts.ActSigned: project.project_act_signed,
        facts.SalesDecided: project.project_sales_decided,
        facts.HeldDecided: project.project_held_decided,
        facts.CaseReopened: project.project_case_reopened,
        facts.CaseClosed: project.project_case_closed,
    },
    feeds={
        rows.CaseRow: at_the_venue_edge,
        rows.CaseEvidenceRow: at_the_venue_edge,
        rows.DoubtRow: at_the_venue_edge,
        rows.VerdictRow: at_the_venue_edge,
    },
    depends_on=DEPENDS_ON,
)
