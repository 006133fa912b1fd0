"""The hub as an operator runs it: one command serves, others work beside it or alone, SIGTERM leaves nothing behind."""

import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest

from hub.runtime.postgres import remove_embedded
from hub.runtime.postgres_process import free_port
from tests.support.limits import PROGRAM_S_MAX, WAIT_S_MAX

PASSWORD = "a long enough password"


@dataclass
class Serving:
    """A hub in a process of its own."""

    process: "subprocess.Popen[str]"
    folder: Path
    url: str

    def client(self) -> httpx.Client:
        """Somebody who trusts this hub's own authority."""
        trusting = ssl.create_default_context(cafile=self.folder / "authority.pem")
        return httpx.Client(base_url=self.url, verify=trusting, timeout=WAIT_S_MAX)

    def stop(self, sign: int = signal.SIGTERM) -> int:
        """Send the signal and wait for the end."""
        self.process.send_signal(sign)
        self.process.communicate(timeout=PROGRAM_S_MAX)
        return self.process.returncode


def _hub(*words: str | Path, text: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "shared.console.main", "hub", *map(str, words)]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=PROGRAM_S_MAX, check=False)


def _serve(folder: Path, port: int) -> Serving:
    command = [
        sys.executable,
        "-m",
        "shared.console.main",
        "hub",
        "serve",
        "--folder",
        str(folder),
        "--port",
        str(port),
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if "serves http" in line:
            return Serving(process, folder, f"https://127.0.0.1:{port}")
    raise AssertionError("".join(said))


def _create_admin(folder: Path) -> "subprocess.CompletedProcess[str]":
    return _hub(
        "create-admin", "--folder", folder, "--organization", "Rovers", "--licence", "L-1", "--currency", "USD",
        "--site", "rovers.example", "--login", "ada", "--name", "Ada L", "--password-stdin", text=PASSWORD + "\n",
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A hub's folder, its database removed at the end."""
    yield tmp_path / "hub"
    remove_embedded(tmp_path / "hub" / "database")


def test_a_hub_serves_takes_commands_beside_it_and_stops_with_its_database(folder: Path) -> None:
    serving = _serve(folder, free_port())
    try:
        made = _create_admin(folder)
        assert made.returncode == 0, made.stderr
        with serving.client() as client:
            login = client.post("/api/staff_access/sessions", json={"login": "ada", "password": PASSWORD})
            client.headers["authorization"] = f"Bearer {login.json()['token']}"
            assert client.post("/api/identity/venues", json={"name": "Stand", "zone": "UTC"}).status_code == 201
        made = _hub(
            "pair", "--folder", folder, "--venue", "Stand", "--kind", "rsu", "--code", "R07", "--name", "RSU 07"
        )
        assert made.stdout.startswith("TH1*https://"), made.stderr
        address = json.loads((folder / "address.json").read_text())
        assert (folder / "address.json").stat().st_mode & 0o777 == 0o600
    finally:
        code = serving.stop()
    assert code == 0
    assert not (folder / "address.json").exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host=address["host"], port=address["port"], user="postgres", connect_timeout=2)


def test_an_admin_is_made_before_anybody_serves_and_a_second_time_is_a_sentence(folder: Path) -> None:
    assert _create_admin(folder).returncode == 0
    again = _create_admin(folder)
    assert again.returncode == 1
    assert again.stderr.splitlines()[-1] == "The login ada belongs to somebody already. Choose another."


def test_an_organisation_that_is_not_here_is_founded_beside_others_only_when_asked_for(folder: Path) -> None:
    made = _create_admin(folder)
    assert made.stdout.splitlines() == ["Founded the organisation Rovers.", "Ada L can log in as ada now."]
    words = ("create-admin", "--folder", folder, "--name", "Ben", "--password-stdin", "--organization")
    slip = _hub(*words, "Rover", "--login", "ben", text=PASSWORD + "\n")
    assert slip.returncode == 1
    assert slip.stderr.splitlines()[-1] == (
        "Organisation: there is no Rover; known are Rovers. Say --found to found another."
    )
    known = _hub(*words, "Rovers", "--login", "ben", text=PASSWORD + "\n")
    assert known.stdout.splitlines() == ["Ben can log in as ben now."]
    other = _hub(*words, "Rover", "--login", "eve", "--found", text=PASSWORD + "\n")
    assert other.stdout.splitlines() == ["Founded the organisation Rover.", "Ben can log in as eve now."]


def test_ctrl_c_while_a_page_is_open_ends_the_hub_at_once(folder: Path) -> None:
    assert _create_admin(folder).returncode == 0
    serving = _serve(folder, free_port())
    with serving.client() as client:
        login = client.post("/api/staff_access/sessions", json={"login": "ada", "password": PASSWORD})
        client.headers["authorization"] = f"Bearer {login.json()['token']}"
        with client.stream("GET", "/live") as stream:
            assert next(stream.iter_text()).startswith(": calm")
            assert serving.stop(signal.SIGINT) == 0


def test_a_port_that_is_taken_is_a_sentence_and_no_database_stays(folder: Path) -> None:
    serving = _serve(folder, free_port())
    try:
        other = _hub("serve", "--folder", folder.with_name("other"), "--port", serving.url.rsplit(":", 1)[1])
        assert other.returncode == 1
        assert "Stop the other program or choose another port." in other.stderr
        same = _hub("serve", "--folder", folder, "--port", str(free_port()))
        assert "Another Tillhouse is using" in same.stderr
    finally:
        serving.stop()
        remove_embedded(folder.with_name("other") / "database")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("serve", "--port", "0"), "TILLHOUSE_PORT is “0”; it must be a whole number from 1 to 65535."),
        (("serve", "--config", "nowhere.toml"), "The settings file nowhere.toml cannot be read"),
        (("serve", "--database-url", "postgresql://db.example/x"), "must say `sslmode=verify-full`"),
        (("pair", "--venue", "S", "--kind", "rsu", "--code", "R", "--name", "R"), "holds no hub (no hub.key)"),
    ],
)  # fmt: skip
def test_a_wrong_word_on_the_command_line_is_a_sentence(folder: Path, words: tuple[str, ...], sentence: str) -> None:
    answer = _hub(*words, "--folder", folder)
    assert answer.returncode != 0
    assert sentence in answer.stderr
    assert "Traceback" not in answer.stderr


def test_each_command_explains_itself() -> None:
    for command in ("serve", "create-admin", "pair"):
        assert _hub(command, "--help").stdout.startswith("Usage:")
    assert os.environ.get("TILLHOUSE_PORT") is None
