"""The unit's own scanners and the camera, in a real browser: what they scan opens its card on the page in front."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import segno
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.gestures import LISTEN, heard
from tests.support.browser import SIZES, WAIT_MS_MAX, Scheme, Windows
from tests.support.chromium import chromium

PLACE = "12"
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


def scanner_window(windows: Windows, scheme: Scheme = "light") -> Page:
    """The virtual scanner, plugged in and read."""
    page = windows.open(PLACE, "/virtual-scanner", scheme=scheme)
    expect(page.locator(".scanner-head")).to_contain_text("Ready")
    return page


def listening(windows: Windows, path: str = "/sell") -> Page:
    """A window in front of the unit, its live line open."""
    page = windows.open(PLACE, path, before=LISTEN)
    touch(page)
    return page


def touch(page: Page) -> None:
    """Somebody touches a place of the page where nothing is, and the unit knows."""
    with page.expect_response("**/live/touch"):
        page.locator("#strip .clock").click()


def scan(scanner: Page, text: str) -> None:
    scanner.fill("[name=text]", text)
    scanner.click("#scan button")


def test_a_scan_of_the_units_scanner_opens_the_ticket_on_the_page_that_was_touched_last(windows: Windows) -> None:
    sale = windows.demo.till(PLACE).sell()
    other, page = listening(windows, "/till"), listening(windows)
    scanner = scanner_window(windows)
    scan(scanner, sale["validation_number"])
    expect(page.locator("#found .band-done")).to_have_text("Valid ticket")
    assert "/lookup?q=" in page.url
    assert heard(page)["buzz"] == [[15]], "one click, as of every scan"
    assert other.url.endswith("/till")
    expect(scanner.locator(".scans li").first).to_contain_text("The page in front has it.")
    assert scanner.url.endswith(f"?text={sale['validation_number']}")


def give(scanner: Page, trouble: str) -> None:
    """Choose a trouble and wait until the unit says that it is in force."""
    scanner.select_option("[name=trouble]", trouble)
    scanner.click("#trouble button")
    expect(scanner.locator("[name=trouble] option[selected]")).to_have_attribute("value", trouble)


def test_a_spoilt_scan_leaves_the_page_where_it_is_and_says_so(windows: Windows) -> None:
    page, scanner = listening(windows), scanner_window(windows)
    give(scanner, "garbage")
    try:
        scan(scanner, "104 231")
        expect(page.locator("#said")).to_have_text("The scanner sent what cannot be read. Scan again.")
        assert page.url.endswith("/sell")
        expect(scanner.locator(".scans li").first).to_contain_text("cannot be read")
    finally:
        give(scanner, "")


def picture(folder: Path, text: str) -> Path:
    """What the camera sees: a code in the middle, as one frame of video that is repeated."""
    drawn = io.BytesIO()
    segno.make(text, error="m").save(drawn, kind="png", scale=8, border=8)
    frame = Image.new("L", (640, 480), 255)
    code = Image.open(drawn).convert("L")
    frame.paste(code, ((640 - code.width) // 2, (480 - code.height) // 2))
    grey = bytes([128]) * (320 * 240 * 2)
    path = folder / "camera.y4m"
    path.write_bytes(b"YUV4MPEG2 W640 H480 F30:1 Ip A1:1 C420jpeg\nFRAME\n" + frame.tobytes() + grey)
    return path


@contextmanager
def camera_page(browser: Browser, windows: Windows, video: Path) -> Iterator[Page]:
    """A window of a browser whose camera sees this video, logged in at the look-up page."""
    seeing = browser.browser_type.launch(
        executable_path=str(chromium()),
        args=["--no-sandbox", *CAMERA, f"--use-file-for-fake-video-capture={video}"],
    )
    try:
        width, height = SIZES[PLACE]
        context = seeing.new_context(viewport={"width": width, "height": height}, permissions=["camera"])
        context.set_default_timeout(WAIT_MS_MAX)
        person: dict[str, Any] = windows.demo.till(PLACE).seller
        login = {"name": person["name"], "pin": person["pin"]}
        assert context.request.post(windows.address(PLACE) + "/api/identity/sessions", data=login).status == 201
        page = context.new_page()
        page.goto(windows.address(PLACE) + "/lookup")
        yield page
    finally:
        seeing.close()


def test_the_camera_reads_a_ticket_and_opens_it(windows: Windows, browser: Browser, tmp_path: Path) -> None:
    sale = windows.demo.till(PLACE).sell()
    complaints: list[str] = []
    with camera_page(browser, windows, picture(tmp_path, sale["validation_number"])) as page:
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.click("[data-camera]")
        expect(page.locator("#found .band-done")).to_have_text("Valid ticket")
        assert "/lookup?q=" in page.url
    assert complaints == []


def test_a_camera_that_sees_nothing_is_stopped_by_its_button(
    windows: Windows, browser: Browser, tmp_path: Path
) -> None:
    with camera_page(browser, windows, picture(tmp_path, " ")) as page:
        page.click("[data-camera]")
        expect(page.locator("dialog.camera video")).to_have_js_property("videoWidth", 640)
        page.click("[data-camera-end]")
        expect(page.locator("dialog.camera")).to_be_hidden()
        assert page.evaluate("document.querySelector('dialog.camera video').srcObject.active") is False
        assert page.url.endswith("/lookup")


def test_without_a_camera_there_is_no_button_for_it(windows: Windows) -> None:
    page = windows.open(PLACE, "/lookup")
    assert page.evaluate("navigator.mediaDevices.enumerateDevices().then((all) => all.length)") == 0
    expect(page.locator("[data-camera]")).to_be_hidden()
