"""What people may do with a case, who must sign, and what a second signature means."""

from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.cases import decide as cases
from shared.domain.cases.errors import (
    ActNotHere,
    CaseIsClosed,
    NumbersKeptTwice,
    OutcomeNeeded,
    PaperUnreadable,
    SaleNotHere,
    SalesUndecided,
    SignedAlready,
    UnknownCase,
    UnknownVerdict,
)
from shared.domain.cases.facts import (
    ActSigned,
    CaseClosed,
    CaseOpened,
    CaseReopened,
    CaseSeen,
    EvidenceAdded,
    EvidenceRef,
    HeldDecided,
    PaperRecorded,
    SalesDecided,
)
from shared.domain.cases.state import (
    DECIDABLE,
    KINDS,
    UNIT_REVOKED,
    CaseState,
    CaseStep,
    OpenState,
    allowed_acts,
    case_id_of,
    choice_of,
    open_order,
)
from tests.slices.cases import board
from tests.slices.cases.board import ADA, BEN, GIVEN, KEEP_A, KEEP_B, case, decide, signed

NOTHING = OpenState(None, frozenset(), board.VENUE)
SEEN_EVIDENCE = frozenset({(board.UNIT, 3, 612, board.EVIDENCE.hash)})
replace = msgspec.structs.replace


def test_the_same_finding_is_the_same_case_and_the_same_order() -> None:
    again = open_order(
        "fork", node_id=board.UNIT, epoch=3, entity_id=board.UNIT, evidence=(board.EVIDENCE,), note=board.FORK.note
    )
    assert again == board.FORK


def test_a_fork_of_one_epoch_is_one_case_whatever_shows_it() -> None:
    behind = open_order("fork", node_id=board.UNIT, epoch=3, entity_id=board.UNIT, evidence=(), note="It came back.")
    other = open_order("fork", node_id=board.UNIT, epoch=4, entity_id=board.UNIT, evidence=(), note="It came back.")
    assert behind.case_id == board.FORK.case_id != other.case_id
    assert behind.command_id != board.FORK.command_id


def test_ids_differ_by_kind_epoch_thing_and_partner() -> None:
    ids = [case_id_of(kind, board.UNIT, epoch, board.EVENT) for kind in KINDS for epoch in (1, 2)]
    ids += [case_id_of("overlap", None, 0, board.EVENT, beside) for beside in ("a 1 b 1", "a 1 c 1")]
    assert len(set(ids)) == len(ids)


def test_a_reference_is_short_and_spoken_without_doubt() -> None:
    letters = board.CARD.reference
    assert len(letters) == len("F-7Q2K-M9")
    assert letters.startswith("F-")
    assert not set(letters[2:]) & set("ILOU")


def test_a_case_opens_once_and_takes_more_evidence() -> None:
    [opened] = cases.decide_open_case(board.FORK, NOTHING, GIVEN)
    assert isinstance(opened, CaseOpened)
    assert (opened.kind, opened.node_id, opened.node_epoch, opened.venue_id) == ("fork", board.UNIT, 3, board.VENUE)
    there = OpenState(board.CARD, SEEN_EVIDENCE, board.VENUE)
    assert cases.decide_open_case(board.FORK, there, GIVEN) == []
    more = replace(board.FORK, evidence=(board.EVIDENCE, EvidenceRef(board.UNIT, 3, 700, b"x" * 32, board.UNIT)))
    [added] = cases.decide_open_case(more, there, GIVEN)
    assert isinstance(added, EvidenceAdded)
    assert [one.seq for one in added.evidence] == [700]


def test_new_evidence_opens_a_closed_case_again_and_old_evidence_does_not() -> None:
    closed = OpenState(replace(board.CARD, state="closed"), SEEN_EVIDENCE, board.VENUE)
    assert cases.decide_open_case(board.FORK, closed, GIVEN) == []
    more = replace(board.FORK, evidence=(EvidenceRef(board.UNIT, 3, 700, b"x" * 32, board.UNIT),))
    assert [type(fact) for fact in cases.decide_open_case(more, closed, GIVEN)] == [CaseReopened, EvidenceAdded]


def test_only_the_first_look_is_a_fact() -> None:
    assert [type(fact) for fact in cases.decide_see_case(board.SEE, case(), GIVEN)] == [CaseSeen]
    assert cases.decide_see_case(board.SEE, case(seen_ms=1), GIVEN) == []


def test_the_first_person_signs_and_the_second_carries_it_out() -> None:
    [first] = cases.decide_decide_sales(decide(ADA), case(), GIVEN)
    assert isinstance(first, ActSigned)
    steps = (signed(ADA, first.choice),)
    [second] = cases.decide_decide_sales(decide(BEN, tuple(reversed(KEEP_A))), case(steps=steps), GIVEN)
    assert isinstance(second, SalesDecided)
    assert len(second.verdicts) == 4


def test_one_person_is_not_two() -> None:
    steps = (signed(ADA, choice_of(KEEP_A)),)
    with pytest.raises(SignedAlready, match=r"^Two different people must sign\. You signed already\."):
        cases.decide_decide_sales(decide(ADA), case(steps=steps), GIVEN)


def test_two_people_with_two_opinions_have_decided_nothing() -> None:
    steps = (signed(ADA, choice_of(KEEP_A)),)
    [fact] = cases.decide_decide_sales(decide(BEN, KEEP_B), case(steps=steps), GIVEN)
    assert isinstance(fact, ActSigned)


def test_a_person_who_changed_their_mind_no_longer_stands_by_the_first_word() -> None:
    steps = (signed(ADA, choice_of(KEEP_A)), signed(ADA, choice_of(KEEP_B)))
    [fact] = cases.decide_decide_sales(decide(BEN, KEEP_A), case(steps=steps), GIVEN)
    assert isinstance(fact, ActSigned)


@pytest.mark.parametrize("since", ["decide", "reopened"])
def test_a_signature_is_used_up_by_what_it_led_to(since: str) -> None:
    steps = (signed(ADA, choice_of(KEEP_A)), CaseStep(since, BEN, 1, b"", ""))
    [fact] = cases.decide_decide_sales(decide(BEN), case(steps=steps), GIVEN)
    assert isinstance(fact, ActSigned)


@pytest.mark.parametrize("kind", sorted(DECIDABLE - {"fork", "overlap"}))
def test_a_doubtful_sale_is_decided_by_one(kind: str) -> None:
    [fact] = cases.decide_decide_sales(decide(), case(kind=kind), GIVEN)
    assert isinstance(fact, SalesDecided)


def test_no_number_is_kept_twice() -> None:
    both = (board.verdict(board.A612, "keep"), board.verdict(board.B612, "keep"))
    with pytest.raises(NumbersKeptTwice) as refused:
        cases.decide_decide_sales(decide(verdicts=both), case(), GIVEN)
    assert refused.value.values == {"first": 104_501, "last": 104_503}


def test_a_number_kept_in_another_case_is_not_kept_here_again() -> None:
    elsewhere = board.numbers(board.sale(0, 9, 104_502, 104_502, node_id=UUID(int=0xC12), verdict="keep"))
    state = replace(case(), numbers=(*map(board.numbers, board.SALES), elsewhere))
    with pytest.raises(NumbersKeptTwice):
        cases.decide_decide_sales(decide(), state, GIVEN)


@given(st.lists(st.sampled_from(["keep", "refund"]), min_size=4, max_size=4))
def test_whatever_is_chosen_a_number_has_one_buyer_at_most(words: list[str]) -> None:
    verdicts = tuple(board.verdict(one, word) for one, word in zip(board.SALES, words, strict=True))
    kept = [one for one, word in zip(board.SALES, words, strict=True) if word == "keep"]
    claimed = [number for one in kept for number in range(one.first, one.last + 1)]
    try:
        cases.decide_decide_sales(decide(verdicts=verdicts), case(), GIVEN)
    except NumbersKeptTwice:
        assert len(set(claimed)) < len(claimed)
    else:
        assert len(set(claimed)) == len(claimed)


def test_a_decision_names_sales_of_this_case_once_each() -> None:
    stranger = board.verdict(board.sale(0, 700, 1, 2), "keep")
    twice = (board.verdict(board.A612, "keep"), board.verdict(board.A612, "refund"))
    for verdicts in ((stranger,), twice):
        with pytest.raises(SaleNotHere):
            cases.decide_decide_sales(decide(verdicts=verdicts), case(), GIVEN)
    with pytest.raises(UnknownVerdict):
        cases.decide_decide_sales(decide(verdicts=(board.verdict(board.A612, "burn"),)), case(), GIVEN)
    with pytest.raises(ActNotHere):
        cases.decide_decide_sales(decide(verdicts=()), case(), GIVEN)


def test_paper_is_recorded_as_it_is_held() -> None:
    [fact] = cases.decide_record_paper(board.paper(), case(), GIVEN)
    assert isinstance(fact, PaperRecorded)
    assert fact.sale_chain == "2C06 D9F1"
    for wrong in ({"sale_chain": "2C06"}, {"sale_chain": "2C06 D9FX"}, {"sale_seq": 0}):
        with pytest.raises(PaperUnreadable):
            cases.decide_record_paper(board.paper(**wrong), case(), GIVEN)
    with pytest.raises(SaleNotHere):
        cases.decide_record_paper(board.paper(sale_epoch=2), case(), GIVEN)


def test_a_case_closes_when_all_its_sales_are_decided() -> None:
    with pytest.raises(SalesUndecided, match="4 sales"):
        cases.decide_close_case(board.CLOSE, case(), GIVEN)
    decided = [replace(one, verdict="refund") for one in board.SALES[1:]]
    void = replace(board.A612, is_void=True)
    [fact] = cases.decide_close_case(board.CLOSE, case(void, *decided), GIVEN)
    assert isinstance(fact, CaseClosed)
    with pytest.raises(OutcomeNeeded):
        cases.decide_close_case(replace(board.CLOSE, outcome=" "), case(void, *decided), GIVEN)


def test_what_a_revoked_unit_held_is_taken_or_left_before_the_case_closes() -> None:
    held = replace(case(kind="held"), sales=(), numbers=())
    with pytest.raises(ActNotHere):
        cases.decide_close_case(board.CLOSE, held, GIVEN)
    [fact] = cases.decide_decide_held(board.TAKE, held, GIVEN)
    assert isinstance(fact, HeldDecided)
    done = replace(held, steps=(CaseStep("held", ADA, 1, b"", "take"),))
    with pytest.raises(ActNotHere):
        cases.decide_decide_held(board.TAKE, done, GIVEN)
    assert [type(one) for one in cases.decide_close_case(board.CLOSE, done, GIVEN)] == [CaseClosed]


def test_nothing_happens_to_a_closed_case_but_opening_it_again() -> None:
    closed = case(state="closed")
    with pytest.raises(CaseIsClosed):
        cases.decide_decide_sales(decide(), closed, GIVEN)
    with pytest.raises(CaseIsClosed):
        cases.decide_record_paper(board.paper(), closed, GIVEN)
    with pytest.raises(CaseIsClosed):
        cases.decide_close_case(board.CLOSE, closed, GIVEN)
    assert [type(one) for one in cases.decide_reopen_case(board.REOPEN, closed, GIVEN)] == [CaseReopened]


def test_an_unknown_case_is_refused_everywhere() -> None:
    nothing: CaseState | None = None
    with pytest.raises(UnknownCase):
        cases.decide_see_case(board.SEE, nothing, GIVEN)
    with pytest.raises(UnknownCase):
        cases.decide_decide_sales(decide(), nothing, GIVEN)


def acts_of(state: CaseState) -> dict[str, bool]:
    """Act by act, whether it may be done now."""
    return {act.name: act.allowed for act in allowed_acts(state)}


def test_a_fork_offers_what_its_page_shows() -> None:
    assert acts_of(case()) == {"enrol_again": True, "paper": True, "decide": True, "export": True, "close": False}
    by_name = {act.name: act for act in allowed_acts(case())}
    assert by_name["decide"].people == 2
    assert by_name["close"].why == "Opens when all 4 sales are decided."
    assert acts_of(case(unit_epoch=4))["enrol_again"] is False


@pytest.mark.parametrize("kind", ["fork", "held"])
def test_a_revoked_unit_is_never_enrolled_again(kind: str) -> None:
    [act] = [one for one in allowed_acts(replace(case(kind=kind), unit_revoked=True)) if one.name == "enrol_again"]
    assert (act.allowed, act.why) == (False, UNIT_REVOKED)


def test_who_signed_is_told_with_the_act() -> None:
    by_name = {act.name: act for act in allowed_acts(case(steps=(signed(ADA, choice_of(KEEP_A)),)))}
    assert by_name["decide"].signed_by == (ADA,)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_case_can_come_to_an_end(kind: str) -> None:
    sales = [replace(one, verdict="refund") for one in board.SALES]
    state = case(*sales, kind=kind, steps=(CaseStep("held", ADA, 1, b"", "leave"),))
    assert acts_of(state)["close"]
    assert acts_of(replace(state, card=replace(state.card, state="closed"))) == {"export": True, "reopen": True}
