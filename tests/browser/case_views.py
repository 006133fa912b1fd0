"""Example views of the hub's pages about cases: the fork of the handbook's picture, and one of each other manner."""

from typing import Any

import msgspec

from hub.web.cases.view import (
    ActView,
    CaseLine,
    CasesView,
    CaseView,
    ChoiceView,
    DecideView,
    EntryView,
    GroupView,
    KeyLine,
    SideView,
    SignedView,
    WaitedView,
    Words,
)
from hub.web.site.case_words import KINDS
from hub.web.site.standing import StateTag
from hub.web.site.view import HubPage

SAME = StateTag("calm", "Same entry", "")
DISPUTED = StateTag("stop", "Disputed", "split")
DOUBTED = StateTag("attn", "Doubted", "scale")
TITLE = "Two histories of RSU 11, epoch 3"


def _entry(seq: int, what: str, numbers: str, tag: StateTag = DISPUTED) -> EntryView:
    return EntryView(seq, what, numbers, tag, marked=tag in {DISPUTED, DOUBTED})


COMMON = _entry(611, "3 tickets, $5 cash", "104 498 – 104 500", SAME)
A = SideView(
    "A",
    "Branch 0",
    "Arrived 20:06:12 at the hub",
    (
        KeyLine("Signature", strong="valid", text=", key of RSU 11, epoch 3"),
        KeyLine("Head", mono="61B2 0E9D 77D0 12B8", text=" at 613"),
        KeyLine("Boot", mono="b41c", text=", running since 18:47"),
    ),
    (
        COMMON,
        _entry(612, "10 tickets, $10 cash", "104 501 – 104 510"),
        _entry(613, "40 tickets, $20 cash", "104 511 – 104 550"),
    ),
)
B = SideView(
    "B",
    "Branch 1",
    "Arrived 20:08:40 at the hub",
    (
        KeyLine("Signature", strong="valid", text=", the same key, epoch 3"),
        KeyLine("Head", mono="2C06 D9F1 4A5E 8B73", text=" at 613"),
        KeyLine("Boot", mono="e07a", text=", running since 19:58"),
    ),
    (
        COMMON,
        _entry(612, "3 tickets, $5 card", "104 501 – 104 503"),
        _entry(613, "10 tickets, $10 cash", "104 504 – 104 513"),
    ),
    paper=("Paper seen at 20:11: 104 501 – 104 503",),
)
ACTS = (
    ActView("enrol_again", "Stop RSU 11, enrol it anew", "New epoch and key, old leases held back.", main=True),
    ActView("paper", "Record paper seen", "Scan a ticket that a buyer holds."),
    ActView("decide", "Decide disputed sales", "A, B or refund, each sale. Two people sign.", href="/cases/c/decide"),
    ActView("export", "Export the evidence", "Every history, for any other verifier.", downloads=(("/e", "RSU 11"),)),
    ActView("close", "Close the case", "", "Opens when all 4 sales are decided."),
)
KNOWN = (
    KeyLine("Order of arrival", text="decides nothing"),
    KeyLine("Receipts", text="given for A and B, each up to its head"),
    KeyLine("Leases", text="104 001 – 105 000, held back since 20:08"),
    KeyLine("Clock of A", text="entry 612 happened between 20:03:41 and 20:04:43"),
    KeyLine("Clock of B", text="entry 612 happened between 19:58:02 and 20:08:40"),
)
LINES = (
    CaseLine(
        "F-7Q2K-M9",
        "/cases/c",
        "stop",
        "git-fork",
        "Two histories of RSU 11",
        "4 sales dispute numbers. None is in the pool.",
        "Two people decide",
        "6 min",
    ),
    CaseLine(
        "S-0V8D-2R",
        "/cases/s",
        "attn",
        "clock-alert",
        "Sale after the close, Kingsway Hall 50/50",
        "Sold 38 s after the close.",
        "Manager decides",
        "22 min",
    ),
    CaseLine(
        "Q-5HT1-XA",
        "/cases/q",
        "attn",
        "scale",
        "Entries wait for a decision, RSU 14",
        "unreadable: Object contains unknown field",
        "Manager decides",
        "31 min",
    ),
)
CLOSED_LINES = (
    CaseLine(
        "F-2M7C-0P",
        "/cases/c",
        "calm",
        "git-fork",
        "Two histories of RSU 03",
        "The spare card was the copy. Its buyers were refunded.",
        "Closed",
        "2026-11-14 22:10",
    ),
)
LATE = SideView(
    "",
    "RSU 22, epoch 1",
    "Arrived 20:49:30 at the hub",
    (
        KeyLine("Signature", strong="valid", text=", key of RSU 22, epoch 1"),
        KeyLine("Boot", mono="77c1", text=", running since 18:02"),
    ),
    (_entry(305, "10 tickets, $10 cash", "206 011 – 206 020", DOUBTED),),
)
LATE_KNOWN = (
    KeyLine(
        "The close",
        text="The event closed at 20:45:00; whether it was sold before or after cannot be proven.",
    ),
    KeyLine("Clock", text="entry 305 happened between 20:44:36 and 20:45:38"),
)


def _choice(side: str, entry: EntryView, chosen: str, paper: str = "") -> ChoiceView:
    return ChoiceView(f"sale:{side}{entry.seq}", side, str(entry.seq), entry.what, entry.numbers, paper, chosen)


SEEN = SignedView("Case seen", "Ada Lindqvist, 20:09")


def the_fork(page: HubPage) -> CaseView:
    """The picture of the handbook."""
    told = ("After entry 611 the unit has two continuations, both signed with its key.", KINDS["fork"].told)
    return CaseView(
        page=page,
        case_id="c",
        reference="F-7Q2K-M9",
        opened="20:08",
        title=TITLE,
        tag=KINDS["fork"].tag,
        told=told,
        common=Words("Common history to entry 611", "complete, 611 entries, receipt held"),
        sides=(A, B),
        summary=Words(
            "4 sales disputed on both sides, $45. All are out of the pool.",
            "104 501 – 104 513 are claimed twice. 104 514 – 104 550 rest on a disputed sale.",
        ),
        known=KNOWN,
        acts=ACTS,
        signed=(SEEN,),
    )


def a_late_sale(page: HubPage) -> CaseView:
    """A sale after the close."""
    return CaseView(
        page=page,
        case_id="s",
        reference="S-0V8D-2R",
        opened="20:49",
        title="Sale after the close, Home Opener 50/50",
        tag=KINDS["late_sale"].tag,
        told=("Sold 38 s after the close.", KINDS["late_sale"].told),
        sides=(LATE,),
        summary=Words("1 sale disputed, $10. It is out of the pool.", "206 011 – 206 020 rest on it."),
        summary_level="attn",
        known=LATE_KNOWN,
        acts=(
            ActView("paper", "Record paper seen", "Scan a ticket that a buyer holds."),
            ActView("decide", "Decide doubted sales", "Keep or refund, each sale.", main=True, href="/cases/s/decide"),
            ActView(
                "export", "Export the evidence", "Every history, for any other verifier.", downloads=(("/e", "R"),)
            ),
            ActView("close", "Close the case", "", "Opens when the sale is decided."),
        ),
        signed=(SEEN,),
    )


def a_restored_hub(page: HubPage) -> CaseView:
    """A hub that waits for its units."""
    return CaseView(
        page=page,
        case_id="r",
        reference="R-41ZC-7T",
        opened="20:12",
        title="The hub was restored from a backup",
        tag=KINDS["hub_restored"].tag,
        told=(KINDS["hub_restored"].told,),
        waited=(
            WaitedView("u9", "RSU 09", StateTag("attn", "Ben Osei says it is lost", "hourglass"), open=True),
            WaitedView("u4", "RSU 04", StateTag("wait", "Waited for", "hourglass"), open=True),
            WaitedView("u1", "Harbour Stand counter", StateTag("done", "Shown at 20:13", "check"), open=False),
            WaitedView("u7", "RSU 07", StateTag("done", "Shown at 20:13", "check"), open=False),
        ),
        acts=(
            ActView("lost", "Declare a unit lost", "Two people sign, for each unit it waits for."),
            ActView("export", "Export the evidence", "", "This case stands on no journal."),
            ActView("close", "Close the case", "", "Opens when it waits for no unit any more."),
        ),
        signed=(SEEN,),
    )


def plain(page: HubPage, kind: str, title: str, note: str, **more: Any) -> CaseView:
    """A case of any kind with one side."""
    said: dict[str, Any] = {"sides": (LATE,), "signed": (SEEN,)}
    words = KINDS[kind]
    told = (note, words.told)
    return CaseView(
        page=page,
        case_id="p",
        reference="H-2V9D-4T",
        opened="20:31",
        title=title,
        tag=words.tag,
        told=told,
        **said | more,
    )


def held_sales(page: HubPage) -> CaseView:
    """What a revoked unit still sent."""
    acts = (
        ActView("held", "Take or leave", "Once decided, it stands.", main=True),
        ActView("export", "Export the evidence", "Every history, for any other verifier.", downloads=(("/e", "R"),)),
        ActView("close", "Close the case", "", "Opens when the held sales are taken or left."),
    )
    note = "Entries 613 to 880 came after the unit was revoked."
    known = (KeyLine("RSU 02", text="It is revoked for good. Add it as a new unit."),)
    return plain(page, "held", "Sales of a revoked unit, RSU 02, epoch 1", note, acts=acts, sides=(), known=known)


def quarantined(page: HubPage) -> CaseView:
    """An entry that this program cannot show."""
    entry = EntryView(305, "Not readable here: raffle.tickets_gifted")
    side = SideView("", "RSU 14, epoch 1", "Arrived 20:31:02 at the hub", LATE.facts, (entry,), shows_paper=False)
    acts = (
        ActView("retry", "Try again", "Shows the entries, if this program can by now.", main=True),
        ActView("export", "Export the evidence", "Every history, for any other verifier.", downloads=(("/e", "R"),)),
        ActView("close", "Leave it out, close the case", "Ends the case. What was decided stands."),
    )
    note = "Entry 305 is of a kind that this program does not know."
    return plain(page, "quarantine", "Entries wait for a decision, RSU 14", note, acts=acts, sides=(side,))


def sold_twice(page: HubPage) -> CaseView:
    """The same numbers on two units."""
    one = SideView("A", "RSU 11, epoch 3", A.arrived, A.facts, A.entries[1:])
    other = SideView("B", "Harbour Stand counter, epoch 1", B.arrived, B.facts, B.entries[1:], paper=B.paper)
    return plain(
        page,
        "overlap",
        "The same numbers sold twice, Home Opener 50/50",
        "104 501 to 104 513 lie in sales of two units.",
        sides=(one, other),
        summary=Words("4 sales disputed, $45. All are out of the pool.", "104 501 – 104 513 are claimed twice."),
        known=KNOWN[:1],
        acts=ACTS[1:],
    )


def many(count: int) -> tuple[CaseLine, ...]:
    """A long list, as after a bad night."""
    return tuple(
        msgspec.structs.replace(LINES[n % 3], reference=f"{LINES[n % 3].reference[:5]}{n:02}-XA") for n in range(count)
    )


def the_decision(page: HubPage) -> DecideView:
    """What one of two people signed."""
    groups = (
        GroupView(
            "104 501 – 104 550, 4 sales",
            (
                _choice("A", A.entries[1], "refund"),
                _choice("B", B.entries[1], "keep", "Paper seen at 20:11"),
                _choice("B", B.entries[2], "keep"),
                _choice("A", A.entries[2], "refund"),
            ),
        ),
    )
    return DecideView(
        page=page,
        case_id="c",
        reference="F-7Q2K-M9",
        title=TITLE,
        groups=groups,
        fills=(("0", "Keep all of A"), ("1", "Keep all of B"), ("refund", "Refund all")),
        two=True,
        signed=("Ben Osei signed at 20:20: 2 kept, 2 refunded.",),
        button="Sign the same",
        sum="4 sales, $45",
        command_id="c9",
    )


def case_pages(page: HubPage) -> dict[str, tuple[str, object]]:
    """The views by name."""
    return {
        "hub-cases": ("cases/cases.html", CasesView(page, LINES, "open", 3)),
        "hub-cases-empty": ("cases/cases.html", CasesView(page, (), "open", 0)),
        "hub-cases-closed": ("cases/cases.html", CasesView(page, CLOSED_LINES, "closed", 3)),
        "hub-cases-many": ("cases/cases.html", CasesView(page, many(40), "open", 40)),
        "hub-case-held": ("cases/case.html", held_sales(page)),
        "hub-case-quarantine": ("cases/case.html", quarantined(page)),
        "hub-case-overlap": ("cases/case.html", sold_twice(page)),
        "hub-case-fork": ("cases/case.html", the_fork(page)),
        "hub-case-late": ("cases/case.html", a_late_sale(page)),
        "hub-case-restored": ("cases/case.html", a_restored_hub(page)),
        "hub-case-decide": ("cases/decide.html", the_decision(page)),
    }
