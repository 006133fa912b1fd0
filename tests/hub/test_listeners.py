"""A hub as a process: TLS for units and people elsewhere, plain HTTP for this machine alone, one application behind."""

import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from edge.sync.hub_client import HubAway, HubClient, HubRefused
from edge.sync.trust import fetch_authority, hub_tls
from hub.runtime.entrance import Entrance
from hub.runtime.place import HubPlace
from hub.runtime.postgres import remove_embedded
from hub.runtime.postgres_process import free_port
from hub.runtime.settings import HubSettings
from tests.support.hub import make_keys
from tests.support.limits import PROGRAM_S_MAX, WAIT_S_MAX
from tests.support.tls import make_authority

PROGRAM = [sys.executable, "-m", "shared.console.main", "hub"]
PASSWORD = "a long enough password"


@dataclass
class Serving:
    """The hub's process, and its two addresses."""

    process: "subprocess.Popen[str]"
    folder: Path
    port: int
    plain_port: int
    said: str

    @property
    def url(self) -> str:
        """Over TLS."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def plain_url(self) -> str:
        """For this machine."""
        return f"http://127.0.0.1:{self.plain_port}"

    @property
    def entrance(self) -> Entrance:
        """What a pairing code would say."""
        return HubPlace(HubSettings(folder=self.folder)).entrance_of_anyone()

    def client(self, *, plain: bool = False) -> httpx.Client:
        """Somebody at one of the two."""
        trusting = ssl.create_default_context(cadata=self.entrance.authority)
        url = self.plain_url if plain else self.url
        return httpx.Client(base_url=url, verify=trusting, trust_env=False, timeout=WAIT_S_MAX)


def _start(folder: Path) -> Serving:
    port, plain_port = free_port(), free_port()
    words = ["serve", "--folder", str(folder), "--port", str(port), "--plain-port", str(plain_port)]
    process = subprocess.Popen([*PROGRAM, *words], stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if "serves http" in line:
            return Serving(process, folder, port, plain_port, line)
    process.communicate(timeout=PROGRAM_S_MAX)
    raise AssertionError("".join(said))


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One hub with both listeners and an admin."""
    folder = tmp_path_factory.mktemp("two") / "hub"
    running = _start(folder)
    try:
        words = ["create-admin", "--organization", "Rovers", "--login", "ada", "--name", "Ada", "--password-stdin"]
        command = [*PROGRAM, *words, "--folder", str(folder)]
        subprocess.run(
            command, input=PASSWORD + "\n", text=True, timeout=PROGRAM_S_MAX, check=True, capture_output=True
        )
        yield running
    finally:
        if running.process.poll() is None:
            running.process.terminate()
            running.process.communicate(timeout=PROGRAM_S_MAX)
        remove_embedded(folder / "database")


def test_the_hub_says_both_its_addresses(serving: Serving) -> None:
    assert serving.said == f"The hub serves {serving.url}, and {serving.plain_url} on this machine\n"
    assert serving.entrance.url == serving.url


@pytest.mark.anyio
async def test_an_edge_fetches_the_authority_pins_it_and_is_heard(
    anyio_backend: str, serving: Serving, tmp_path: Path
) -> None:
    pem = await fetch_authority(serving.url, serving.entrance.fingerprint)
    assert pem == serving.entrance.authority
    keys = make_keys(tmp_path / "node.key")
    client = HubClient(serving.url, uuid4(), keys.node_key(), b"", hub_tls(serving.url, pem))
    with pytest.raises(HubRefused):
        await client.hello(lambda challenge: challenge)
    await client.close()


@pytest.mark.anyio
async def test_an_edge_that_pinned_another_authority_says_nothing_to_this_hub(
    anyio_backend: str, serving: Serving, tmp_path: Path
) -> None:
    other, keys = make_authority(tmp_path).pem, make_keys(tmp_path / "node.key")
    client = HubClient(serving.url, uuid4(), keys.node_key(), b"", hub_tls(serving.url, other))
    with pytest.raises(HubAway):
        await client.hello(lambda challenge: challenge)
    await client.close()


def test_what_came_by_https_is_kept_in_a_cookie_that_goes_by_https_alone(serving: Serving) -> None:
    form = {"login": "ada", "password": PASSWORD}
    with serving.client() as safe, serving.client(plain=True) as plain:
        by_tls = safe.post("/login", data=form).headers["set-cookie"]
        in_clear = plain.post("/login", data=form).headers["set-cookie"]
        assert by_tls.startswith("__Host-tillhouse_hub=")
        assert "Secure" in by_tls
        assert in_clear.startswith("tillhouse_hub=")
        assert "Secure" not in in_clear
        for client in (safe, plain):
            page = client.get("/", follow_redirects=True)
            assert page.url.path != "/login"
            assert "strict-transport-security" not in page.headers
            assert "Max-Age=0" in client.post("/logout").headers["set-cookie"]
            assert client.get("/", follow_redirects=True).url.path == "/login"


def test_the_plain_listener_is_for_this_machine_alone(serving: Serving) -> None:
    with pytest.raises(ConnectionRefusedError):  # another address of this very machine
        socket.create_connection(("127.0.0.2", serving.plain_port), timeout=WAIT_S_MAX)


def test_metrics_are_told_to_this_machine_on_the_plain_listener_and_nowhere_else(serving: Serving) -> None:
    with serving.client() as safe, serving.client(plain=True) as plain:
        told, carried = plain.get("/metrics"), plain.get("/metrics", headers={"x-forwarded-for": "192.0.2.7"})
        assert (told.status_code, carried.status_code, safe.get("/metrics").status_code) == (200, 404, 404)
    assert "tillhouse_database_up 1" in told.text.splitlines()


def test_plain_http_gets_no_answer_where_tls_is_spoken(serving: Serving) -> None:
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"http://127.0.0.1:{serving.port}/login", trust_env=False)


def test_a_caller_without_the_authority_trusts_nothing(serving: Serving) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{serving.url}/login", trust_env=False)


def test_a_caller_that_hangs_in_its_handshake_keeps_nobody_waiting(serving: Serving) -> None:
    with socket.create_connection(("127.0.0.1", serving.port), timeout=WAIT_S_MAX) as silent:
        silent.sendall(b"\x16\x03\x01")
        with serving.client() as client:
            assert client.get("/login").status_code == 200


def test_one_signal_ends_both_listeners_in_order(serving: Serving) -> None:
    with serving.client() as safe, serving.client(plain=True) as plain:
        assert [client.get("/login").status_code for client in (safe, plain)] == [200, 200]
        serving.process.terminate()
        serving.process.communicate(timeout=PROGRAM_S_MAX)
    assert serving.process.returncode == 0
    for port in (serving.port, serving.plain_port):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=WAIT_S_MAX)


def test_a_hub_without_tls_where_others_could_listen_does_not_start(tmp_path: Path) -> None:
    words = ["serve", "--folder", str(tmp_path / "hub"), "--host", "0.0.0.0", "--tls", "off"]
    refused = subprocess.run([*PROGRAM, *words], capture_output=True, text=True, timeout=PROGRAM_S_MAX, check=False)
    assert refused.returncode == 1
    assert refused.stderr.startswith("TLS is off, but the hub would listen on 0.0.0.0, where others read along.")
    assert not (tmp_path / "hub").exists()
