"""A unit as its own process: it starts, sells, ends on a signal, and goes on where it was."""

import asyncio
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from edge.runtime.membership import store_membership
from tests.support.limits import PROGRAM_S_MAX, WAIT_S_MAX
from tests.support.unit import PIN, Founded

CODE = "import sys; from shared.console.main import main; sys.argv[0] = 'tillhouse'; main()"


def tillhouse(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CODE, *arguments],
        input=given,
        capture_output=True,
        text=True,
        timeout=PROGRAM_S_MAX,
        check=False,
    )


@contextmanager
def served(founded: Founded) -> Iterator[httpx.Client]:
    """The process; it is ended by SIGTERM and must say that it went well."""
    arguments = ["edge", "serve", "--folder", str(founded.folder), "--port", "0"]
    process = subprocess.Popen([sys.executable, "-c", CODE, *arguments], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        address = next(found[1] for line in process.stderr if (found := re.search(r"url='(\S+)'", line)))
        with httpx.Client(base_url=address, timeout=WAIT_S_MAX, trust_env=False) as client:
            yield client
            process.send_signal(signal.SIGTERM)
            assert process.wait(PROGRAM_S_MAX) == 0
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_a_unit_ends_on_a_signal_and_goes_on_where_it_was(tmp_path: Path) -> None:
    founded = Founded(tmp_path)
    founded.clock.wall_ms = int(tmp_path.stat().st_mtime * 1_000)
    asyncio.run(found_now(founded))
    with served(founded) as till:
        headers = log_in(till)
        order = {
            "command_id": "01890000-0000-7000-8000-000000000001",
            "event_id": str(founded.event_id),
            "package_id": str(founded.packages[1]),
        }
        second = tillhouse("edge", "serve", "--folder", str(tmp_path), "--port", "0")
        assert (second.returncode, "served already" in second.stderr) == (1, True)
        sale = till.post("/api/raffle/sales", json=order, headers=headers).json()
        with till.stream("GET", "/live") as stream:
            assert next(stream.iter_lines()).startswith("event: changed")
    with served(founded) as till:
        headers = log_in(till)
        again: dict[str, Any] = till.post("/api/raffle/sales", json=order, headers=headers).json()
        assert again["sale_id"] == sale["sale_id"]


def test_a_unit_that_listens_on_the_network_warns_that_its_pages_are_plain(tmp_path: Path) -> None:
    arguments = ["edge", "serve", "--folder", str(tmp_path / "till"), "--port", "0"]
    for host, warned in (("0.0.0.0", True), ("127.0.0.1", False)):
        (tmp_path / "till").mkdir(exist_ok=True)
        command = [sys.executable, "-c", CODE, *arguments, "--host", host]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        said = ""
        for line in process.stderr:
            said += line
            if "url=" in line:
                break
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PROGRAM_S_MAX)
        assert ("PINs go in the clear" in said) == warned


async def found_now(founded: Founded) -> None:
    store_membership(founded.settings.membership_file, founded.membership())
    await founded.fill()


def log_in(till: httpx.Client) -> dict[str, str]:
    answer = till.post("/api/identity/sessions", json={"name": "Mara Kovač", "pin": PIN})
    assert answer.status_code == 201, answer.text
    till.cookies.clear()
    return {"authorization": f"Bearer {answer.json()['token']}"}


def test_a_new_folder_serves_the_page_of_enrolment_and_ends_on_a_signal(tmp_path: Path) -> None:
    with served(Founded(tmp_path)) as till:
        answer = till.get("/sell")
        assert (answer.status_code, answer.headers["location"]) == (303, "/enrol")
        assert "Enrol this unit" in till.get("/enrol").text
        assert till.post("/enrol", data={"code": "7KQ4"}).status_code == 422


def test_a_word_that_is_no_code_is_a_sentence_and_makes_no_unit(tmp_path: Path) -> None:
    folder = tmp_path / "unit"
    for code, given, sentence in (
        ("7KQ4", "", "the hub is not known yet"),
        ("-", "TH1*nowhere\n", "a piece of it is missing"),
        ("TH1*http://hub.example**7KQ4M2XT9BVD0HZF", "", "is no address for a hub"),
        ("TH1*http://127.0.0.1:9**7KQ4M2XT9BVD0HZF", "", "The hub does not answer"),
    ):
        answer = tillhouse("edge", "enrol", "--folder", str(folder), code, given=given)
        assert (answer.returncode, sentence in answer.stderr) == (1, True), answer.stderr
        assert "Traceback" not in answer.stderr
    assert not (folder / "membership.json").exists()
    assert not (folder / "node.key").exists()
    assert (folder / "node.key.pending").stat().st_mode & 0o777 == 0o600
