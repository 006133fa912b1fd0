"""Head office says what every ticket and receipt carries: shown as pictures first, then in force for every unit."""

import asyncio
import math
import re
import subprocess
import sys
import threading
from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import zxingcpp
from PIL import ExifTags, Image, ImageChops, ImageDraw

from hub.runtime.app import HubApp
from hub.web.identity.logo_file import FILE_BYTES_MAX, SOURCE_DOTS_MAX, THREADS, logo_of, make_logo
from hub.web.identity.slips_forms import text_of
from shared.domain.identity.queries import SLIP_TEXT
from shared.domain.identity.state import SlipTextCard
from shared.kernel.errors import InputRefused
from shared.kernel.logo import LOGO_HEIGHT_MAX, LOGO_WIDTH_MAX, logo_size
from shared.paper.logo import dots_on, is_readable
from tests.support.hub import RunningHub
from tests.support.hub_web import add_login, browsing, log_in
from tests.support.logos import drawn_logo, picture_file

pytestmark = pytest.mark.anyio
LINES = {
    "line_1": "Charity no. 1182204",
    "line_3": "Licensed by Harbour City",
    "responsible_line": "Help: 0808 8020 133",
}


MAKING_BYTES_MAX = 3 * SOURCE_DOTS_MAX
PEAK = """
import sys
from pathlib import Path
from hub.web.identity.logo_file import make_logo

def peak_kb():
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])

before_kb = peak_kb()
make_logo(Path(sys.argv[1]).read_bytes())
print(peak_kb() - before_kb)
"""


async def _in_force(running: RunningHub) -> SlipTextCard:
    return next(iter(await running.hub.many(running.org_id, SLIP_TEXT)), SlipTextCard())


def _form(file: bytes = b"", /, **fields: str) -> dict[str, Any]:
    """A form as the page sends it, with a file chosen or none."""
    return {"data": fields, "files": {"logo_file": ("logo.png" if file else "", file)}}


def _pictures(page: str) -> list[str]:
    return [found.replace("&amp;", "&") for found in re.findall(r'<img src="([^"]+)"', page)]


def _shown(page: str) -> str:
    (logo,) = re.findall(r'name="logo" value="([^"]*)"', page)
    return str(logo)


async def test_a_logo_is_shown_on_slips_first_and_printed_when_somebody_says_so(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    answer = await ada.post("/slips", **_form(picture_file(drawn_logo()), act="show", **LINES))
    assert answer.status_code == 200
    assert "Not in force yet" in answer.text
    assert (await _in_force(running)) == SlipTextCard()
    pictures = _pictures(answer.text)
    assert [address.split("?")[0] for address in pictures] == [
        "/slips/picture/ticket/80", "/slips/picture/ticket/58", "/slips/picture/receipt/58",
    ]  # fmt: skip
    shown = _shown(answer.text)
    done = await ada.post("/slips", **_form(act="set", logo=shown, command_id=str(uuid4()), **LINES))
    assert (done.status_code, done.headers["location"]) == (303, "/slips?done=1")
    card = await _in_force(running)
    assert card.licence_lines == ("Charity no. 1182204", "Licensed by Harbour City")
    assert card.responsible_line == "Help: 0808 8020 133"
    assert is_readable(card.logo)
    page = (await ada.get("/slips")).text
    assert "Charity no. 1182204" in page
    assert _pictures(page)[0] == pictures[0], "what is in force looks as it was shown"
    await ada.post("/slips", **_form(act="set", logo=shown, remove_logo="true", **LINES))
    assert await _in_force(running) == SlipTextCard(b"", card.lines_text, card.responsible_line)


async def test_a_picture_is_of_the_paper_and_its_code_can_be_read(running: RunningHub, ada: httpx.AsyncClient) -> None:
    await running.venue()
    plain = await ada.get("/slips/picture/ticket/80")
    lined = await ada.get("/slips/picture/ticket/80", params=LINES)
    assert plain.headers["content-type"] == "image/png"
    before, after = (Image.open(BytesIO(answer.content)) for answer in (plain, lined))
    assert before.width == after.width
    assert after.height > before.height
    (code,) = zxingcpp.read_barcodes(after.convert("L"))
    assert code.text.startswith("SAMPLE-NOT-SOLD")
    assert (await ada.get("/slips/picture/parrot/80")).status_code == 404
    assert (await ada.get("/slips/picture/ticket/81")).status_code == 404


async def test_a_bad_file_is_refused_with_what_was_typed_kept_and_an_auditor_only_looks(
    running: RunningHub, ada: httpx.AsyncClient, app: HubApp
) -> None:
    answer = await ada.post("/slips", **_form(b"%PDF-1.7 a letter head", act="set", **LINES))
    assert answer.status_code == 422
    assert "Logo: it is no PNG or JPEG picture" in answer.text
    assert "Charity no. 1182204" in answer.text
    refused = await ada.post("/slips", **_form(act="set", **(LINES | {"line_2": "x" * 81})))
    assert refused.status_code == 409
    await add_login(running, "auditor", "aud")
    async with browsing(app) as client:
        await log_in(client, "aud")
        page = await client.get("/slips")
        assert page.status_code == 200
        assert '<form class="card forms"' not in page.text
        assert (await client.post("/slips", **_form(act="set", line_1="Mine"))).status_code == 403
        assert (await client.post("/api/identity/slip_text", json={})).status_code == 403
    assert (await _in_force(running)) == SlipTextCard()


async def test_a_refused_line_takes_back_neither_a_new_logo_nor_the_wish_for_none(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    await ada.post("/slips", **_form(picture_file(drawn_logo()), act="set", **LINES))
    in_force = text_of((await _in_force(running)).logo)
    wide = picture_file(drawn_logo(900, 200))
    too_long = LINES | {"line_2": "x" * 81}
    refused = await ada.post("/slips", **_form(wide, act="set", logo=in_force, **too_long))
    assert (refused.status_code, _shown(refused.text)) == (409, text_of(make_logo(wide)))
    none = await ada.post("/slips", **_form(act="set", logo=in_force, remove_logo="true", **too_long))
    assert (none.status_code, _shown(none.text)) == (409, "")


async def test_a_refused_file_leaves_the_logo_that_was_shown_and_one_that_cannot_be_read_the_one_in_force(
    running: RunningHub, ada: httpx.AsyncClient
) -> None:
    await ada.post("/slips", **_form(picture_file(drawn_logo()), act="set", **LINES))
    draft = text_of(make_logo(picture_file(drawn_logo(900, 200))))
    refused = await ada.post("/slips", **_form(b"%PDF-1.7 a letter head", act="set", logo=draft, **LINES))
    assert (refused.status_code, _shown(refused.text)) == (422, draft)
    assert "Charity no. 1182204" in refused.text
    spoilt = await ada.post("/slips", **_form(act="set", logo="aGVsbG8=", **LINES))
    assert (spoilt.status_code, _shown(spoilt.text)) == (422, text_of((await _in_force(running)).logo))
    assert "Charity no. 1182204" in spoilt.text


async def test_scripts_do_the_same(running: RunningHub, ada: httpx.AsyncClient) -> None:
    logo = b64encode(picture_file(drawn_logo(), "JPEG")).decode()
    order = {"licence_lines": ["One", "Two"], "responsible_line": "Help", "logo": logo, "command_id": str(uuid4())}
    answer = await ada.post("/api/identity/slip_text", json=order)
    assert answer.status_code == 201, answer.text
    told = (await ada.get("/api/identity/slip_text")).json()
    assert told == answer.json()
    assert (told["licence_lines"], told["responsible_line"]) == (["One", "Two"], "Help")
    kept = await ada.post("/api/identity/slip_text", json={"licence_lines": ["Three"]})
    assert (kept.json()["logo"], kept.json()["licence_lines"]) == (told["logo"], ["Three"])
    assert kept.json()["responsible_line"] == "Help"
    unmarked = await ada.post("/api/identity/slip_text", json={"logo": ""})
    assert unmarked.json() == {"logo": "", "licence_lines": ["Three"], "responsible_line": "Help"}
    silent = await ada.post("/api/identity/slip_text", json={"responsible_line": ""})
    assert silent.json() == {"logo": "", "licence_lines": ["Three"], "responsible_line": ""}
    bare = await ada.post("/api/identity/slip_text", json={"licence_lines": []})
    assert bare.json() == {"logo": "", "licence_lines": [], "responsible_line": ""}
    for wrong in ("@@@", "aGVsbG8="):
        refused = await ada.post("/api/identity/slip_text", json={"logo": wrong})
        assert (refused.status_code, refused.json()["code"]) == (422, "input.invalid")
    five = await ada.post("/api/identity/slip_text", json={"licence_lines": list("12345")})
    assert (five.status_code, five.json()["code"]) == (409, "identity.too_many_lines")


def _noise(width: int, height: int) -> Image.Image:
    return Image.effect_noise((width, height), 90)


def _noted(exif: bytes) -> bytes:
    """A drawing with such notes of a camera in it."""
    file = BytesIO()
    drawn_logo().save(file, "PNG", exif=exif)
    return file.getvalue()


def _large(mode: str) -> bytes:
    """The largest picture that is taken, of few bytes."""
    side = math.isqrt(SOURCE_DOTS_MAX)
    picture = Image.new(mode, (side, side), "white")
    ImageDraw.Draw(picture).ellipse((500, 500, side - 500, side - 500), outline="black", width=150)
    return picture_file(picture)


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_picture_that_a_camera_took_sideways_stands_upright(form: str) -> None:
    exif, file = Image.Exif(), BytesIO()
    exif[ExifTags.Base.Orientation] = 6
    drawn_logo().save(file, form, exif=exif)
    turned = drawn_logo().rotate(-90, expand=True)
    one, other = (dots_on(make_logo(taken), 384) for taken in (file.getvalue(), picture_file(turned, form)))
    assert one.size == other.size
    differing = ImageChops.logical_xor(one, other).histogram()[255]
    assert differing * 20 < one.width * one.height, "apart from the edges of a JPEG"


async def test_pictures_are_made_into_logos_one_at_a_time_while_the_hub_goes_on() -> None:
    making = asyncio.gather(*(logo_of(_large("L")) for _ in range(3)))
    rounds = 0
    while not making.done():
        await asyncio.sleep(0.005)
        rounds += 1
    assert rounds > 5
    assert all(map(is_readable, await making))
    assert len([one for one in threading.enumerate() if one.name.startswith(THREADS)]) == 1


@pytest.mark.parametrize("mode", ["L", "RGBA"])
def test_the_largest_picture_takes_little_more_memory_than_it_has_dots(mode: str, tmp_path: Path) -> None:
    file = tmp_path / "large.png"
    file.write_bytes(_large(mode))
    told = subprocess.run((sys.executable, "-c", PEAK, file), capture_output=True, text=True, check=True)
    source_bytes = SOURCE_DOTS_MAX * (1 if mode == "L" else 4)
    assert int(told.stdout) * 1_024 < source_bytes + MAKING_BYTES_MAX


def test_a_large_drawing_becomes_black_on_white_without_its_border_and_keeps_its_shape() -> None:
    wide = Image.new("RGB", (2_000, 1_200), "white")
    wide.paste(drawn_logo(), (700, 400))
    width, height = logo_size(make_logo(picture_file(wide)))
    assert (width, height) == (LOGO_WIDTH_MAX, round(LOGO_WIDTH_MAX * 260 / 590))
    upright = logo_size(make_logo(picture_file(drawn_logo().rotate(90, expand=True))))
    assert upright[1] == LOGO_HEIGHT_MAX


def test_a_see_through_background_is_white_paper_and_a_small_logo_is_not_blown_up() -> None:
    clear = Image.new("RGBA", (100, 60), (0, 0, 0, 0))
    ImageDraw.Draw(clear).rectangle((10, 10, 60, 40), outline=(0, 0, 0, 255), width=3)
    png = make_logo(picture_file(clear))
    assert logo_size(png) == (51, 31)
    assert dots_on(png, 384).getbbox() == (0, 0, 51, 31)


def test_a_photograph_is_dotted_and_stays_small() -> None:
    photo = Image.linear_gradient("L").resize((900, 500))
    png = make_logo(picture_file(photo, "JPEG"))
    dots = dots_on(png, 384).convert("L")
    left = dots.crop((0, 0, dots.width, dots.height // 3)).histogram()[255]
    right = dots.crop((0, dots.height * 2 // 3, dots.width, dots.height)).histogram()[255]
    assert left > 2 * right, "dark above, light below"
    assert is_readable(make_logo(picture_file(_noise(900, 700))))


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (b"", "no PNG or JPEG"),
        (picture_file(drawn_logo())[:400], "damaged"),
        (picture_file(drawn_logo(), "GIF"), "no PNG or JPEG"),
        (_noted(b"MM\0*"), "damaged"),
        (bytes(FILE_BYTES_MAX + 1), "larger than 2 MB"),
        (picture_file(Image.new("1", (6_000, 5_000), 1)), "25 million dots"),
        (picture_file(Image.new("L", (300, 200), 255)), "nothing of it would be black"),
        (picture_file(Image.new("L", (300, 200), 200)), "nothing of it would be black"),
        (picture_file(Image.new("L", (300, 200), 0)), "nearly all black"),
        (picture_file(drawn_logo().resize((40, 19))), "smaller than"),
    ],
)
def test_a_file_that_makes_no_logo_is_refused_with_what_to_do(file: bytes, says: str) -> None:
    with pytest.raises(InputRefused, match=says) as refused:
        make_logo(file)
    assert re.search(r"(Choose|Save|choose)", str(refused.value))
