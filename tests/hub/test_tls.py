"""The hub's own authority, the certificate of its server, and what a wrong setting is told before the start."""

import asyncio
import hashlib
import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from hub.runtime.authority import (
    AUTHORITY_FILE,
    AUTHORITY_KEY_FILE,
    FILES,
    RENEW_MS,
    SERVER_FILE,
    SERVER_MS,
    AuthorityBroken,
    fingerprint,
)
from hub.runtime.entrance import ServerTls, check, names, open_entrance, public_url, server_tls
from hub.runtime.place import HubPlace
from hub.runtime.settings import HubSettings
from shared.journal.chance import chance_bytes
from shared.kernel.clock import DAY_MS
from shared.kernel.settings import SettingsFault, read_settings
from tests.support.clock import OPENING_MS
from tests.support.tls import answering, make_authority, today_ms

NAMES = ["127.0.0.1", "hub.rovers.example"]


def server_file(folder: Path, *, at_ms: int = OPENING_MS, names: list[str] = NAMES) -> Path:
    """The file that the server shows at that time."""
    return make_authority(folder, now_ms=at_ms).server_file(names, now_ms=at_ms, chance=chance_bytes)


def shown(folder: Path) -> x509.Certificate:
    """The certificate of that file."""
    return x509.load_pem_x509_certificate((folder / SERVER_FILE).read_bytes())


def test_the_authority_is_made_once_and_its_keys_are_its_owners_alone(tmp_path: Path) -> None:
    first = make_authority(tmp_path, now_ms=OPENING_MS)
    server_file(tmp_path)
    assert make_authority(tmp_path, now_ms=OPENING_MS + 400 * DAY_MS).pem == first.pem
    modes = {name: (tmp_path / name).stat().st_mode & 0o777 for name in FILES}
    assert modes == {AUTHORITY_FILE: 0o644, AUTHORITY_KEY_FILE: 0o600, SERVER_FILE: 0o600}
    assert b"PRIVATE" not in (tmp_path / AUTHORITY_FILE).read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)


def test_the_fingerprint_is_that_of_the_bytes_that_tls_sends(tmp_path: Path) -> None:
    pem = make_authority(tmp_path).pem
    assert fingerprint(pem) == hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


def test_a_servers_certificate_holds_for_ninety_days_and_for_its_names_alone(tmp_path: Path) -> None:
    server_file(tmp_path, names=["localhost", "::1", *NAMES])
    found = shown(tmp_path)
    wanted = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert wanted.get_values_for_type(x509.DNSName) == ["hub.rovers.example", "localhost"]
    assert set(wanted.get_values_for_type(x509.IPAddress)) == {ip_address("127.0.0.1"), ip_address("::1")}
    opening = datetime.fromtimestamp(OPENING_MS // 1_000, UTC)
    assert found.not_valid_after_utc == opening + timedelta(milliseconds=SERVER_MS)
    assert found.not_valid_before_utc < opening
    constraints = found.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert not constraints.ca


def test_a_certificate_is_shown_until_a_third_of_its_time_is_left(tmp_path: Path) -> None:
    server_file(tmp_path)
    first = shown(tmp_path)
    server_file(tmp_path, at_ms=OPENING_MS + SERVER_MS - RENEW_MS - DAY_MS)
    assert shown(tmp_path) == first
    server_file(tmp_path, at_ms=OPENING_MS + SERVER_MS - RENEW_MS + DAY_MS)
    assert shown(tmp_path) != first


def test_other_names_another_authority_or_a_damaged_file_make_a_new_certificate(tmp_path: Path) -> None:
    path = server_file(tmp_path)
    first = path.read_bytes()
    server_file(tmp_path, names=list(reversed(NAMES)))
    assert path.read_bytes() == first
    server_file(tmp_path, names=[*NAMES, "till.rovers.example"])
    second = path.read_bytes()
    assert second != first
    path.write_bytes(second[: len(second) // 2])
    third = server_file(tmp_path, names=[*NAMES, "till.rovers.example"]).read_bytes()
    assert third != second
    (tmp_path / AUTHORITY_FILE).unlink()
    assert server_file(tmp_path, names=[*NAMES, "till.rovers.example"]).read_bytes() != third


@pytest.mark.parametrize("harm", ["no key", "another key", "no pem", "half a key"])
def test_half_an_authority_is_never_replaced_silently(tmp_path: Path, harm: str) -> None:
    pem = make_authority(tmp_path).pem
    (tmp_path / "other").mkdir()
    make_authority(tmp_path / "other")
    key = tmp_path / AUTHORITY_KEY_FILE
    match harm:
        case "no key":
            key.unlink()
        case "another key":
            key.write_bytes((tmp_path / "other" / AUTHORITY_KEY_FILE).read_bytes())
        case "half a key":
            key.write_bytes(key.read_bytes()[:40])
        case "no pem":
            (tmp_path / AUTHORITY_FILE).write_text(pem[:100])
    with pytest.raises(AuthorityBroken, match="back from the hub's backup"):
        make_authority(tmp_path)


def test_a_first_start_that_was_cut_short_begins_again(tmp_path: Path) -> None:
    make_authority(tmp_path)
    (tmp_path / AUTHORITY_FILE).unlink()
    assert make_authority(tmp_path).pem == make_authority(tmp_path).pem


def test_forgetting_a_hub_takes_its_authority_too(tmp_path: Path) -> None:
    place = HubPlace(HubSettings(folder=tmp_path / "hub"))
    place.keys()
    place.open_entrance()
    server_tls(place.settings, place.folder, today_ms)
    place.forget()
    assert not (tmp_path / "hub").exists()


def test_other_commands_learn_the_entrance_of_the_hub_that_served(tmp_path: Path) -> None:
    served = HubPlace(HubSettings(folder=tmp_path, port=7_401))
    asking = HubPlace(HubSettings(folder=tmp_path))
    assert asking.entrance_of_anyone().url == "https://127.0.0.1:8400"
    found = served.open_entrance()
    assert asking.entrance_of_anyone() == found
    assert (found.url, found.fingerprint) == ("https://127.0.0.1:7401", fingerprint(found.authority))


def test_a_certificate_holds_for_every_way_to_call_the_hub() -> None:
    settings = HubSettings(host="10.0.0.5", public_url="https://hub.rovers.example/", tls_names=("hub.lan", "fd00::5"))
    wanted = {"localhost", "127.0.0.1", "::1", socket.gethostname(), "10.0.0.5"}
    assert set(names(settings)) == wanted | {"hub.rovers.example", "hub.lan", "fd00::5"}
    assert public_url(settings) == "https://hub.rovers.example"
    assert public_url(HubSettings(host="::1")) == "https://[::1]:8400"
    assert public_url(HubSettings(host="0.0.0.0")) == f"https://{socket.gethostname()}:8400"
    assert "0.0.0.0" not in names(HubSettings(host="0.0.0.0"))


def test_a_name_beyond_ascii_is_written_as_certificates_hold_it() -> None:
    assert "xn--kche-0ra.example" in names(HubSettings(tls_names=("küche.example",)))
    with pytest.raises(SettingsFault, match="no host name or address"):
        names(HubSettings(tls_names=("a" * 70 + ".example",)))


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"tls": "off", "host": "0.0.0.0"}, "TLS is off, but the hub would listen on 0.0.0.0, where others read along"),
    ({"tls": "off", "host": "::"}, "where others read along"),
    ({"tls": "off", "host": "10.0.0.5"}, "where others read along"),
    ({"tls": "off", "host": "hub.rovers.example"}, "where others read along"),
    ({"tls": "files", "tls_certificate": Path("c.pem")}, "set tls_certificate and tls_key"),
    ({"plain_port": 8_400}, "both port and plain_port"),
    ({"public_url": "http://hub.rovers.example"}, "begins with https://"),
    ({"public_url": "hub.rovers.example"}, "Set public_url to where the hub is found"),
]


@pytest.mark.parametrize(("given", "sentence"), WRONG, ids=lambda one: str(one)[:40])
def test_what_would_let_others_read_along_is_refused_before_the_start(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsFault, match=sentence.replace(".", r"\.")):
        check(HubSettings(**given))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.0.9"])
def test_a_proxy_on_this_machine_may_end_tls(tmp_path: Path, host: str) -> None:
    settings = HubSettings(host=host, tls="off", public_url="https://hub.rovers.example")
    entrance = open_entrance(settings, tmp_path, now_ms=OPENING_MS)
    assert (entrance.url, entrance.fingerprint) == ("https://hub.rovers.example", "")
    assert server_tls(settings, tmp_path, today_ms) is None
    assert list(tmp_path.iterdir()) == []


def test_the_settings_of_tls_are_read_from_the_environment() -> None:
    given = {"TILLHOUSE_TLS": "files", "TILLHOUSE_TLS_NAMES": "a.lan, b.lan", "TILLHOUSE_TLS_KEY": "k.pem"}
    found = read_settings(HubSettings, given | {"TILLHOUSE_PLAIN_PORT": "8401"}, 'tls_certificate = "c.pem"')
    assert (found.tls, found.tls_names, found.plain_port) == ("files", ("a.lan", "b.lan"), 8_401)
    assert (found.tls_key, found.tls_certificate) == (Path("k.pem"), Path("c.pem"))
    with pytest.raises(SettingsFault, match="one of"):
        read_settings(HubSettings, {"TILLHOUSE_TLS": "maybe"}, None)


def test_certificates_of_the_organisation_are_shown_and_their_authority_told(tmp_path: Path) -> None:
    signer = make_authority(tmp_path)
    file = signer.server_file(NAMES, now_ms=today_ms(), chance=chance_bytes)
    authority = tmp_path / AUTHORITY_FILE
    settings = HubSettings(tls="files", tls_certificate=file, tls_key=file, tls_authority=authority)
    assert open_entrance(settings, tmp_path, now_ms=0).fingerprint == fingerprint(signer.pem)
    assert server_tls(settings, tmp_path, today_ms) is not None
    authority.write_text(signer.pem * 2)
    with pytest.raises(SettingsFault, match="holds 2 certificates"):
        open_entrance(settings, tmp_path, now_ms=0)
    authority.write_text("nothing")
    with pytest.raises(SettingsFault, match="no authority's certificate"):
        open_entrance(settings, tmp_path, now_ms=0)


def test_files_that_do_not_fit_are_a_sentence(tmp_path: Path) -> None:
    settings = HubSettings(tls="files", tls_certificate=tmp_path / "none.pem", tls_key=tmp_path / "none.key")
    with pytest.raises(SettingsFault, match="cannot be used for TLS"):
        server_tls(settings, tmp_path, today_ms)
    (tmp_path / "other").mkdir()
    one, other = (server_file(folder, at_ms=today_ms()) for folder in (tmp_path, tmp_path / "other"))
    with pytest.raises(SettingsFault, match="cannot be used for TLS"):
        server_tls(HubSettings(tls="files", tls_certificate=one, tls_key=other), tmp_path, today_ms)


def _serial_shown(port: int, trusting: ssl.SSLContext) -> str:
    with trusting.wrap_socket(socket.create_connection(("127.0.0.1", port), 5), server_hostname="127.0.0.1") as line:
        return str((line.getpeercert() or {})["serialNumber"])


@pytest.mark.anyio
async def test_a_hub_that_runs_for_months_shows_its_new_certificate_without_a_restart(
    anyio_backend: str, tmp_path: Path
) -> None:
    passed_ms = SERVER_MS - RENEW_MS + DAY_MS
    time = [today_ms() - passed_ms]
    signer = make_authority(tmp_path, now_ms=time[0])
    tls = ServerTls(lambda: (signer.server_file(NAMES, now_ms=time[0], chance=chance_bytes), None))
    trusting = ssl.create_default_context(cadata=signer.pem)
    async with answering(context=tls.context) as (port, _):
        first = await asyncio.to_thread(_serial_shown, port, trusting)
        tls.renew()
        assert await asyncio.to_thread(_serial_shown, port, trusting) == first
        time[0] += passed_ms
        tls.renew()
        assert await asyncio.to_thread(_serial_shown, port, trusting) != first
