"""Units at head office: a code shown once, a unit's acts as its state allows them, what happened to it, a file."""

import html
import re
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from hub.runtime.app import HubApp
from hub.sync.enrol import enrol
from hub.web.identity.qr import QUIET_MODULES, qr_view
from hub.web.identity.units_acts import Tried, act_views
from hub.web.site.standing import state_tags, trouble_rank
from shared.domain.identity.errors import UnitIsSo
from shared.domain.identity.state import House, UnitCard, VenueCard
from shared.journal.keyfile import Keys
from shared.kernel.clock import DAY_MS, HOUR_MS, MINUTE_MS
from shared.kernel.codec import encode
from shared.sync.pairing import ENROL_TAG, EnrolRequest, read_pairing
from tests.slices.identity.test_house import GIVEN
from tests.support.hub import RunningHub, make_keys
from tests.support.hub_web import add_login, browsing, log_in

pytestmark = pytest.mark.anyio
NOON_MS = 1_790_000_000_000


def words(text: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


async def page(ada: httpx.AsyncClient, running: RunningHub, path: str) -> str:
    running.clock.forward(1_000)
    answer = await ada.get(path)
    assert answer.status_code == 200, answer.text
    return words(answer.text)


async def add(ada: httpx.AsyncClient, venue_id: UUID, **changes: str) -> httpx.Response:
    form = {"venue_id": str(venue_id), "kind": "rsu", "code": "R07", "name": "RSU 07"} | changes
    return await ada.post("/units/add", data=form)


def code_in(answer: httpx.Response) -> str:
    found = re.search(r'value="(TH1[^"]+)"', answer.text)
    assert found, answer.text
    return html.unescape(found[1])


async def enrol_with(running: RunningHub, text: str, keys: Keys | None = None) -> Keys:
    """A unit shows the code's secret with its own keys."""
    keys = keys or make_keys(running.folder / f"{uuid4().hex}.key")
    key = keys.node_key()
    secret = read_pairing(text.replace("TH1**", "TH1*https://hub.test*")).secret
    request = EnrolRequest(secret=secret, node=keys.node_id, sign_key=key.sign_public, seal_key=key.seal_public)
    await enrol(running.hub, key.document(ENROL_TAG, encode(request)))
    return keys


async def test_a_code_is_shown_once_as_qr_letters_and_text_and_then_never_again(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    answer = await add(ada, await running.venue())
    text = code_in(answer)
    assert answer.status_code == 200
    assert '<svg class="qr"' in answer.text
    assert "style=" not in answer.text
    fours = [text[-16:][place : place + 4] for place in range(0, 16, 4)]
    assert all(f"<span>{four}</span>" in answer.text for four in fours)
    address = answer.headers["hx-push-url"]
    later = await page(ada, running, address)
    assert "The code was shown once." in later
    assert text[-16:] not in (await ada.get(address)).text
    assert "RSU 07 Not yet enrolled" in await page(ada, running, "/units")
    assert "60 min left" in await page(ada, running, "/units")


async def test_the_page_of_the_code_says_when_the_unit_enrolled_and_enables_it(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    answer = await add(ada, await running.venue())
    keys = await enrol_with(running, code_in(answer))
    address = answer.headers["hx-push-url"]
    assert "RSU 07 enrolled. Enable it." in await page(ada, running, address)
    done = await ada.post(f"/units/{keys.node_id}/enable", data={})
    assert (done.status_code, done.headers["location"]) == (303, f"/units/{keys.node_id}")
    assert "RSU 07 enrolled. It may sell." in await page(ada, running, address)
    assert "Not yet enrolled" not in await page(ada, running, "/units")


async def test_a_unit_may_be_let_sell_as_soon_as_it_is_enrolled(running: RunningHub, ada: httpx.AsyncClient) -> None:
    answer = await add(ada, await running.venue(), enable="true")
    keys = await enrol_with(running, code_in(answer))
    assert "It may sell." in await page(ada, running, f"/units/{keys.node_id}")


async def test_an_old_code_says_that_its_hour_is_over(running: RunningHub, ada: httpx.AsyncClient) -> None:
    answer = await add(ada, await running.venue())
    running.clock.forward(HOUR_MS + MINUTE_MS)
    assert "The hour of this code is over. Make another code" in await page(ada, running, answer.headers["hx-push-url"])
    assert "Not yet enrolled" not in await page(ada, running, "/units")


async def test_a_refused_form_keeps_what_was_typed(running: RunningHub, ada: httpx.AsyncClient) -> None:
    venue_id = await running.venue()
    await running.unit(venue_id, "R07")
    refused = await add(ada, venue_id, name="Seven")
    assert (refused.status_code, "A unit with code R07 exists already." in refused.text) == (409, True)
    assert 'value="Seven"' in refused.text
    assert (await add(ada, venue_id, kind="kiosk")).status_code == 409
    assert (await add(ada, venue_id, code="")).status_code == 422


async def test_a_unit_is_disabled_with_a_reason_paused_resumed_and_revoked(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    keys = await running.unit(await running.venue())
    path = f"/units/{keys.node_id}"
    assert "Enable RSU 07" not in await page(ada, running, path), "it is"
    silent = await ada.post(f"{path}/disable", data={"reason": " "})
    assert (silent.status_code, "Say why" in silent.text) == (409, True)
    for act, form, said in (
        ("disable", {"reason": "Left on a bus"}, "Disabled: Left on a bus."),
        ("pause", {}, "Uploads paused."),
        ("resume", {}, "Uploads resumed."),
        ("enable", {}, "Enabled."),
        ("revoke", {"reason": "Stolen"}, "Revoked: Stolen."),
    ):
        answer = await ada.post(f"{path}/{act}", data=form)
        assert answer.status_code == 303, answer.text
        assert f"{said} Ada L" in await page(ada, running, path)
    assert "RSU 07 Revoked" in await page(ada, running, "/units")
    assert (await ada.post(f"{path}/burn", data={})).status_code == 422
    assert (await ada.get(f"/units/{uuid4()}")).status_code == 404


async def test_a_revoked_unit_has_no_acts_and_its_page_says_what_becomes_of_its_sales_and_of_the_machine(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    keys = await running.unit(await running.venue())
    path = f"/units/{keys.node_id}"
    await ada.post(f"{path}/pause", data={})
    await ada.post(f"{path}/revoke", data={"reason": "Stolen"})
    text = await page(ada, running, path)
    assert "Sales that it still sends are held in a case until somebody decides." in text
    assert "To use the machine again, add it as a new unit and type that code on it." in text
    assert "paused" not in text.partition("What happened to it")[0]
    assert not re.findall("Pause uploads|Resume uploads|Enrol RSU 07 anew|Enable RSU 07|Revoke RSU 07", text)
    for act in ("pause", "enable", "enrol-anew"):
        answer = await ada.post(f"{path}/{act}", data={})
        assert answer.status_code == 409, act
        assert "RSU 07 is revoked. Add it as a new unit." in words(answer.text), act


async def test_the_story_tells_who_and_when_and_nothing_of_other_units(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    venue_id = await running.venue()
    mine, other = await running.unit(venue_id, "R07"), await running.unit(venue_id, "R09")
    await ada.post(f"/units/{other.node_id}/disable", data={"reason": "Wet"})
    story = await page(ada, running, f"/units/{mine.node_id}")
    assert "Enrolled. It may sell. The unit, with its code" in story
    assert "Certificate of epoch 1 made" in story
    assert "Wet" not in story


async def test_enrolling_anew_makes_a_code_for_this_unit_alone(running: RunningHub, ada: httpx.AsyncClient) -> None:
    keys = await running.unit(await running.venue())
    answer = await ada.post(f"/units/{keys.node_id}/enrol-anew", data={})
    assert "Enrol RSU 07 anew" in answer.text
    assert "Waits to be enrolled anew" in await page(ada, running, "/units")
    assert "Code made to enrol it anew. Ada L" in await page(ada, running, f"/units/{keys.node_id}")


async def test_a_seller_at_head_office_looks_but_stops_nothing(running: RunningHub, app: HubApp) -> None:
    keys = await running.unit(await running.venue())
    await add_login(running, "auditor", "olga")
    async with browsing(app) as olga:
        await log_in(olga, "olga")
        looked = await olga.get(f"/units/{keys.node_id}")
        assert (looked.status_code, f"/units/{keys.node_id}/disable" in looked.text) == (200, False)
        for path in ("/units/add", "/units/import", f"/units/codes/{uuid4()}"):
            assert (await olga.get(path)).status_code == 403
        assert (await olga.post(f"/units/{keys.node_id}/disable", data={"reason": "x"})).status_code == 403


async def test_a_file_that_is_none_is_refused_with_a_sentence(running: RunningHub, ada: httpx.AsyncClient) -> None:
    sent = await ada.post("/units/import", files={"file": ("holiday.jpg", b"\xff\xd8 no bundle", "image/jpeg")})
    assert (sent.status_code, "export it again" in sent.text) == (422, True)
    assert (await ada.post("/units/import", files={"other": ("a", b"b")})).status_code == 422


@pytest.mark.parametrize(
    ("state", "paused", "until_days", "said", "rank"),
    [
        ("enabled", False, 60, [], 3),
        ("enabled", True, 60, ["Uploads paused"], 2),
        ("disabled", False, 60, ["Disabled"], 1),
        ("forked", False, 60, ["Fork"], 0),
        ("behind", True, 60, ["Came back older", "Uploads paused"], 0),
        ("revoked", False, -1, ["Revoked"], 3),
        ("enabled", False, 2, ["Certificate ends in 2 days"], 1),
        ("enabled", False, 1, ["Certificate ends within a day"], 1),
        ("enabled", False, 0, ["Certificate ended"], 0),
    ],
)
def test_a_state_is_a_word_in_the_form_of_its_level(
    state: str, paused: bool, until_days: int, said: list[str], rank: int
) -> None:
    card = UnitCard(uuid4(), uuid4(), "rsu", "R07", "RSU 07", b"", b"", 1, state, paused)
    dated = msgspec.structs.replace(card, certificate_until_ms=NOON_MS + until_days * DAY_MS)
    tags = state_tags(dated, NOON_MS)
    assert ([tag.word for tag in tags], trouble_rank(tags)) == (said, rank)


@pytest.mark.parametrize(
    ("state", "paused", "offered"),
    [
        ("enabled", False, {"disable", "enrol-anew", "pause", "revoke"}),
        ("enabled", True, {"disable", "enrol-anew", "resume", "revoke"}),
        ("disabled", False, {"enable", "enrol-anew", "pause", "revoke"}),
        ("forked", False, {"enable", "enrol-anew", "pause", "revoke"}),
        ("behind", True, {"enable", "enrol-anew", "resume", "revoke"}),
        ("revoked", False, set()),
    ],
)
def test_what_is_so_already_is_no_act_unless_somebody_just_tried_it(
    state: str, paused: bool, offered: set[str]
) -> None:
    card = UnitCard(uuid4(), uuid4(), "rsu", "R07", "RSU 07", b"", b"", 1, state, paused)
    house = House(True, venues=(VenueCard(card.venue_id, "Harbour Stand", "", "UTC", 0),), units=(card,), unit=card)
    assert {act.act for act in act_views(card, house, GIVEN)} == offered
    so = {"enabled": "enable", "disabled": "disable", "forked": "disable", "behind": "disable"}.get(state)
    refusal = UnitIsSo(unit=card.name, state=state)
    tried = act_views(card, house, GIVEN, Tried(so or "", refusal))
    assert [act.act for act in tried if act.refused == str(refusal)] == ([so] if so else [])


def test_a_qr_code_has_its_quiet_zone_on_every_side() -> None:
    view = qr_view("TH1*https://hub.example*" + "a" * 64 + "*7KQ4M2XT9BVD0HZC")
    strokes = re.findall(r"M(\d+) (\d+)h(\d+)v1", view.path)
    assert min(int(x) for x, _, _ in strokes) == min(int(y) for _, y, _ in strokes) == QUIET_MODULES
    assert max(int(x) + int(run) for x, _, run in strokes) == view.size - QUIET_MODULES
