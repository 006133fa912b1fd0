"""Cases at head office: both sides as they are, the acts that are allowed, two people who sign, nobody else's case."""

import asyncio
import html
import re
import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from hub.runtime.app import HubApp
from hub.sync.generation import open_generation
from hub.sync.receive import receive
from shared.domain.cases.queries import CASES_OPEN
from shared.domain.cases.state import CaseCard
from shared.domain.identity.commands import RevokeUnit
from shared.domain.identity.facts import StaffHired
from shared.domain.identity.queries import UNITS
from shared.domain.raffle.facts import TicketsSold
from shared.journal.chain import Sealed
from tests.support.hub import RunningHub
from tests.support.hub_web import add_login, browsing, log_in
from tests.support.journals import Journal, journal_of, sold_minor

pytestmark = pytest.mark.anyio
VERIFIER = Path(__file__).resolve().parents[2] / "packaging" / "verifier" / "verify_journal.py"


async def up(journal: Journal, first: int = 1) -> None:
    """Upload from an entry on."""
    await receive(journal.running.hub, journal.session, journal.bundle(first))


async def the_case(running: RunningHub) -> CaseCard:
    """The only open case."""
    found: list[CaseCard] = await running.hub.many(running.org_id, CASES_OPEN)
    assert len(found) == 1
    return found[0]


async def forked(running: RunningHub) -> tuple[Journal, Journal, str]:
    """A card that sold two more, its copy that sold one; the address of their case."""
    card = await journal_of(running)
    clone = card.copy()
    card.sell(2)
    clone.sell(1)
    await up(card)
    await up(clone)
    return card, clone, f"/cases/{(await the_case(running)).case_id}"


def words(answer: httpx.Response) -> str:
    """A page as eyes read it."""
    text = re.sub(r"<(script|style|svg)\b.*?</\1>|<[^>]+>", " ", answer.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(text)).replace(" ,", ",")


async def page(client: httpx.AsyncClient, running: RunningHub, path: str) -> str:
    """The page a second later, as eyes read it."""
    running.clock.forward(1_100)
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return words(answer)


def answers(text: str, verdict: str) -> dict[str, str]:
    """Every sale of the decision's page with this answer."""
    return dict.fromkeys(re.findall(r'name="(sale:[^"]+)" value="keep"', text), verdict)


def verify(key: str, file: Path) -> subprocess.CompletedProcess[str]:
    """What the verifier says that shares no code with the program."""
    command = [sys.executable, str(VERIFIER), "--hub-key", key, str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def chain(sold: Sealed) -> str:
    """The eight letters that stand on its paper."""
    return sold.entry.chain_piece


async def test_an_empty_list_says_so_and_a_case_stands_in_it_and_on_the_first_page(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    assert "No case is open" in await page(ada, running, "/cases")
    assert "No case was closed yet" in await page(ada, running, "/cases?show=closed")
    card, _, path = await forked(running)
    unit = next(u.name for u in (await running.hub.many(running.org_id, UNITS)) if u.unit_id == card.owner.node_id)
    for where in ("/", "/cases"):
        text = await page(ada, running, where)
        assert f"Two histories of {unit} 2 sales dispute numbers. None is in the pool." in text
        assert "Two people decide" in text
        assert "Open case" in text
    assert path in (await ada.get("/")).text
    assert "Cases 1" in await page(ada, running, "/events")


async def test_a_fork_shows_the_common_history_and_both_sides_beside_each_other(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    card, clone, path = await forked(running)
    text = await page(ada, running, path)
    assert "Common history to entry 4 complete, 4 entries, receipt held" in text
    assert "A Branch 0 Arrived" in text
    assert "B Branch 1 Arrived" in text
    for journal in (card, clone):
        assert f"{journal.tip.hash[:8].hex(' ', 2).upper()} at {journal.tip.seq}" in text
    assert text.count("Same entry") == 2
    assert text.count("Disputed") == 2
    assert "Counts" in text, "the card's second sale meets nobody"
    assert "2 sales disputed on both sides, $10. All are out of the pool." in text
    assert "are claimed twice" in text
    assert "Order of arrival decides nothing" in text
    assert "held back since" in text
    assert "Case seen: Ada L" in text


async def test_paper_is_recorded_on_the_side_that_printed_it(running: RunningHub, ada: httpx.AsyncClient) -> None:
    card, clone, path = await forked(running)
    code = next(u.code for u in (await running.hub.many(running.org_id, UNITS)) if u.unit_id == card.owner.node_id)
    sold = clone.sealed[-1]
    body = sold.entry.body
    assert isinstance(body, TicketsSold)
    for wrong, said in (
        ("hello", "This names no ticket"),
        (body.validation_number, "more than one side sold under this number"),
        (f"TH1-{code}-1-{sold.entry.seq}-{body.validation_number}", "more than one side"),
        (f"{code}-1-99", "no sale here fits it"),
    ):
        refused = await ada.post(f"{path}/paper", data={"ticket": wrong})
        assert (refused.status_code in {409, 422}, said in words(refused)) == (True, True), refused.text
        assert html.escape(wrong) in refused.text, "what was typed stays"
    done = await ada.post(f"{path}/paper", data={"ticket": f"{code}-1-{sold.entry.seq:06d} {chain(sold)}"})
    assert done.status_code == 303
    text = await page(ada, running, path)
    side_a, side_b = text.split("B Branch 1")
    assert "No paper seen yet" in side_a
    assert "Paper seen at" in side_b
    other = await ada.post(f"{path}/paper", data={"ticket": f"{code}-1-5 0000 FFFF"})
    assert other.status_code == 303
    assert "Other paper 5 0000 FFFF, in no history here" in await page(ada, running, path)


async def test_two_different_people_sign_the_same_and_the_case_is_closed(
    running: RunningHub, ada: httpx.AsyncClient, app: HubApp
) -> None:
    card, _, path = await forked(running)
    early = await ada.post(f"{path}/close", data={"outcome": "Done."})
    assert (early.status_code, "2 sales not decided yet" in words(early)) == (409, True)
    form = (await ada.get(f"{path}/decide?fill=1")).text
    assert form.count(" checked") == 2
    missing = await ada.post(f"{path}/decide", data={})
    assert (missing.status_code, "2 sales have no answer yet" in words(missing)) == (422, True)
    twice = await ada.post(f"{path}/decide", data=answers(form, "keep"))
    assert (twice.status_code, "would be kept twice" in words(twice)) == (409, True)
    assert twice.text.count(" checked") == 2, "the answers stay"
    refund = answers(form, "refund")
    signed = await ada.post(f"{path}/decide", data=refund)
    assert signed.headers["location"].endswith("?done=signed")
    again = await ada.post(f"{path}/decide", data=refund)
    assert (again.status_code, "Two different people must sign. You signed already." in words(again)) == (409, True)
    before = await sold_minor(running, card.desk.event_id)
    await add_login(running, "manager", "ben")
    async with browsing(app) as ben:
        await log_in(ben, "ben")
        shown = await ben.get(f"{path}/decide")
        assert "Ada L signed at" in words(shown)
        assert "Sign the same" in shown.text
        assert shown.text.count('value="refund" checked') == 2, "what the first one signed stands there"
        done = await ben.post(f"{path}/decide", data=refund)
        assert done.headers["location"].endswith("?done=decided")
        assert (await ben.post(f"{path}/close", data={"outcome": ""})).status_code == 409
        closed = await ben.post(f"{path}/close", data={"outcome": "Both buyers got their money back."})
        assert closed.status_code == 303
    assert await sold_minor(running, card.desk.event_id) == before
    assert "No case is open" in await page(ada, running, "/cases")
    assert "Both buyers got their money back." in await page(ada, running, "/cases?show=closed")
    text = await page(ada, running, path)
    assert "Decision signed, one of two: Ada L" in text
    assert "Decided: 0 kept, 2 refunded: Ben L" in text
    assert (await ada.post(f"{path}/paper", data={"ticket": "R1-1-1 0000 0000"})).status_code == 409
    assert (await ada.post(f"{path}/reopen", data={"note": "A buyer came back."})).status_code == 303


async def test_enrolling_anew_from_the_case_shows_a_code_and_then_the_new_epoch(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    card, _, path = await forked(running)
    unit = next(u for u in (await running.hub.many(running.org_id, UNITS)) if u.unit_id == card.owner.node_id)
    assert f"Stop {unit.name}, enrol it anew" in await page(ada, running, path)
    code = await ada.post(f"/units/{unit.unit_id}/enrol-anew", data={"enable": "true"})
    assert (code.status_code, "shown once" in code.text) == (200, True)
    assert "Waits to be enrolled" in await page(ada, running, path)
    keys = unit.sign_key[::-1]
    await running.unit_with(
        unit.venue_id, unit.code, unit_id=unit.unit_id, sign_key=keys, seal_key=unit.seal_key, again=True
    )
    text = await page(ada, running, path)
    assert "epoch 2 since" in text
    assert "Enrolled anew" in text
    assert "It has a new epoch already." in text


async def test_the_evidence_of_both_sides_is_a_file_that_the_verifier_takes(
    running: RunningHub, ada: httpx.AsyncClient, tmp_path: Path
) -> None:
    card, _, path = await forked(running)
    answer = await ada.get(f"{path}/evidence/{card.owner.node_id}")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    file = tmp_path / "case.tillhouse"
    file.write_bytes(answer.content)
    key = running.hub.key.sign_public.hex()
    said = await asyncio.to_thread(verify, key, file)
    assert said.returncode == 0, said.stdout
    assert "branch 0: entries 1 to 6" in said.stdout
    assert "branch 1: entries 1 to 5" in said.stdout
    assert "Disputed: " in said.stdout
    assert (await ada.get(f"{path}/evidence/{uuid4()}")).status_code == 404


async def test_a_doubted_price_is_decided_by_one_person(running: RunningHub, ada: httpx.AsyncClient) -> None:
    journal = await journal_of(running)
    journal.add(msgspec.structs.replace(journal.sale(), amount_minor=1, received_minor=1))
    await up(journal)
    path = f"/cases/{(await the_case(running)).case_id}"
    text = await page(ada, running, path)
    assert "Another price than the event’s" in text
    assert "Doubted" in text
    assert "1 sale disputed, $0.01." in text
    form = (await ada.get(f"{path}/decide?fill=keep")).text
    done = await ada.post(f"{path}/decide", data=answers(form, "keep"))
    assert done.headers["location"].endswith("?done=decided")
    assert "Every sale is decided. 1 kept, 0 refunded." in await page(ada, running, path)


async def test_what_cannot_be_shown_is_tried_again_or_left_out(running: RunningHub, ada: httpx.AsyncClient) -> None:
    journal = await journal_of(running)
    journal.add(StaffHired(staff_id=uuid4(), venue_id=None, role="owner"))
    await up(journal)
    path = f"/cases/{(await the_case(running)).case_id}"
    text = await page(ada, running, path)
    assert "Entries wait for a decision" in text
    assert "Staff hired" in text
    assert "Leave it out, close the case" in text
    assert (await ada.post(f"{path}/retry", data={})).headers["location"].endswith("?done=not_shown")
    assert "This program cannot show it yet." in await page(ada, running, f"{path}?done=not_shown")
    refused = await ada.post(f"{path}/decide", data={})
    assert refused.status_code == 409
    assert (await ada.post(f"{path}/close", data={"outcome": "The unit was tampered with."})).status_code == 303
    assert "Nothing needs you" in await page(ada, running, "/")


async def test_what_a_revoked_unit_still_sent_is_taken_or_left(running: RunningHub, ada: httpx.AsyncClient) -> None:
    journal = await journal_of(running)
    order = RevokeUnit(command_id=uuid4(), unit_id=journal.owner.node_id, reason="Stolen")
    await running.hub.bus.handle(running.org_id, order)
    await up(journal)
    path = f"/cases/{(await the_case(running)).case_id}"
    text = await page(ada, running, path)
    assert "Entries 1 to 4 came after the unit was revoked." in text
    assert "It is revoked for good. Add it as a new unit." in text
    assert await acts_of(ada, path) == {"enrol_again": False, "held": True, "export": True, "close": False}
    assert await sold_minor(running, journal.desk.event_id) == 0
    assert (await ada.post(f"{path}/held", data={"verdict": "burn"})).status_code == 409
    assert (await ada.post(f"{path}/held", data={"verdict": "take"})).headers["location"].endswith("?done=taken")
    assert await sold_minor(running, journal.desk.event_id) == 3 * 500
    assert (await ada.post(f"{path}/held", data={"verdict": "leave"})).status_code == 409


async def test_a_restored_hub_says_whom_it_waits_for_until_two_people_give_it_up(
    running: RunningHub, ada: httpx.AsyncClient, app: HubApp
) -> None:
    await running.unit(await running.venue(), "R07")
    await open_generation(running.hub, running.org_id, "restored")
    home = await page(ada, running, "/")
    assert "The hub was restored" in home
    assert "It waits for evidence from 1 unit." in home
    path = f"/cases/{(await the_case(running)).case_id}"
    text = await page(ada, running, path)
    assert "RSU 07 Waited for Declare lost" in text
    assert await acts_of(ada, path) == {"lost": True, "export": True, "close": False}
    unit_id = re.findall(r'name="unit_id" value="([^"]+)"', (await ada.get(path)).text)[0]
    early = await ada.post(f"{path}/close", data={"outcome": "Done."})
    assert (early.status_code, "still waits for evidence" in words(early)) == (409, True)
    assert (await ada.post(f"{path}/lost", data={"unit_id": unit_id})).headers["location"].endswith("?done=signed")
    again = await ada.post(f"{path}/lost", data={"unit_id": unit_id})
    assert again.status_code == 409
    await add_login(running, "manager", "ben")
    async with browsing(app) as ben:
        await log_in(ben, "ben")
        done = await ben.post(f"{path}/lost", data={"unit_id": unit_id})
        assert done.headers["location"].endswith("?done=lost"), done.text
        await says_it_is_whole(ada, running, path)
        assert (await ben.post(f"{path}/close", data={"outcome": "The handheld is gone."})).status_code == 303
    assert "No case is open" in await page(ada, running, "/cases")


async def says_it_is_whole(ada: httpx.AsyncClient, running: RunningHub, path: str) -> None:
    """A restored hub that waits for nobody asks nobody to decide."""
    done = "Every unit has shown what it holds, or was declared lost."
    for place in ("/", "/cases"):
        text = await page(ada, running, place)
        assert done in text
        assert "Look, then close it" in text
        assert "Two people decide" not in text
    text = await page(ada, running, path)
    assert done in text
    assert "until every enabled unit" not in text
    assert "Two people sign" not in text
    note = (await ada.get(f"/api{path}")).json()["note"]
    assert note.endswith(f"It asked what these units hold: R07. {done}")
    assert await acts_of(ada, path) == {"lost": False, "export": True, "close": True}


async def acts_of(ada: httpx.AsyncClient, path: str) -> dict[str, bool]:
    """The acts as the API names them, and whether each is allowed."""
    return {act["name"]: act["allowed"] for act in (await ada.get(f"/api{path}")).json()["acts"]}


async def test_who_may_not_decide_looks_and_signs_nothing(running: RunningHub, app: HubApp) -> None:
    card, _, path = await forked(running)
    await add_login(running, "auditor", "olga")
    async with browsing(app) as olga:
        await log_in(olga, "olga")
        text = await page(olga, running, path)
        assert "A manager, an admin or the owner decides." in text
        assert "Nobody has seen the case yet." in text
        assert (await olga.get(f"{path}/decide")).status_code == 403
        assert (await olga.get(f"{path}/evidence/{card.owner.node_id}")).status_code == 403
        for act in ("paper", "decide", "close", "retry", "lost", "held", "reopen"):
            assert (await olga.post(f"{path}/{act}", data={})).status_code == 403, act


async def test_another_organisation_finds_no_case_here(running: RunningHub, app: HubApp) -> None:
    card, _, path = await forked(running)
    other = await running.found()
    mine, running.org_id = running.org_id, other
    await add_login(running, "admin", "eve")
    running.org_id = mine
    async with browsing(app) as eve:
        await log_in(eve, "eve")
        assert "No case is open" in await page(eve, running, "/cases")
        assert (await eve.get("/api/cases")).json() == []
        for address in (path, f"{path}/decide", f"{path}/evidence/{card.owner.node_id}", f"/api{path}"):
            assert (await eve.get(address)).status_code == 404, address
        assert (await eve.post(f"{path}/close", data={"outcome": "x"})).status_code == 404


async def test_the_same_acts_as_json(running: RunningHub, ada: httpx.AsyncClient) -> None:
    _, _, path = await forked(running)
    [card] = (await ada.get("/api/cases")).json()
    assert (card["kind"], card["reference"][:2]) == ("fork", "F-")
    whole = (await ada.get(f"/api{path}")).json()
    assert [act["name"] for act in whole["acts"]] == ["enrol_again", "paper", "decide", "export", "close"]
    fields = ("node_id", "epoch", "seq", "chain", "sale_id")
    verdicts = [{name: sale[name] for name in fields} | {"verdict": "refund"} for sale in whole["sales"]]
    signed = await ada.post(f"/api{path}/decide", json={"verdicts": verdicts})
    assert (signed.status_code, signed.json()["done"]) == (200, "signed")
    again = await ada.post(f"/api{path}/decide", json={"verdicts": verdicts})
    assert (again.status_code, again.json()["code"]) == (409, "cases.signed_already")
    assert (await ada.post(f"/api{path}/burn", json={})).json()["code"] == "cases.act_not_here"
    assert (await ada.get("/api/cases?state=closed")).json() == []


async def test_a_case_that_is_not_there_is_a_page_that_is_not_there(ada: httpx.AsyncClient) -> None:
    path = f"/cases/{UUID(int=7)}"
    for address in (path, f"{path}/decide"):
        assert (await ada.get(address)).status_code == 404
    assert (await ada.post(f"{path}/close", data={"outcome": "x"})).status_code == 404
