"""An edge speaks with its own hub alone: pinned authority, right name, time that was heard; nothing is read along."""

import ssl
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from edge.runtime.membership import Membership, UnitIdentity, parse_membership
from edge.sync.trust import (
    AUTHORITY_BYTES_MAX,
    AddressRefused,
    AuthorityAway,
    AuthorityUnknown,
    check_hub_url,
    fetch_authority,
    hub_tls,
    reason_of,
    surely_ms,
)
from hub.runtime.authority import SERVER_MS, fingerprint
from hub.runtime.postgres_process import free_port
from shared.kernel.clock import DAY_MS, Moment
from tests.support.limits import WAIT_S_MAX
from tests.support.tls import answering, authority, context_of, make_authority, server_context, today_ms

YEAR_MS = 365 * DAY_MS


async def ask(url: str, context: ssl.SSLContext | None) -> str:
    """What answers there, or why nothing was asked."""
    async with httpx.AsyncClient(verify=context or True, trust_env=False, timeout=WAIT_S_MAX) as client:
        try:
            return (await client.get(url)).text
        except httpx.HTTPError as error:
            return reason_of(error)


@pytest.mark.parametrize(
    "url", ["https://hub.rovers.example", "https://10.0.0.5:8400/", "HTTPS://hub", "http://localhost:1"]
)
def test_a_hub_is_reached_by_https_or_on_this_very_machine(url: str) -> None:
    check_hub_url(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8400", "http://[::1]:8400", "http://127.3.2.1"])
def test_what_stays_on_this_machine_needs_no_tls(url: str) -> None:
    assert hub_tls(url, authority().pem) is None


@pytest.mark.parametrize(
    "url",
    ["http://hub.rovers.example", "http://10.0.0.5:8400", "http://localhost.evil.example", "http://127.0.0.1.evil.example",
     "hub:8400", "ftp://127.0.0.1", "https://", "", "https://hub:99999", "http://0.0.0.0:8400"],
)  # fmt: skip
def test_any_other_address_is_refused_with_the_way_out(url: str) -> None:
    with pytest.raises(AddressRefused, match="begins with https://"):
        hub_tls(url, "")


@pytest.mark.anyio
async def test_an_edge_speaks_with_the_hub_whose_authority_it_pinned(anyio_backend: str) -> None:
    async with answering("welcome", server_context()) as (port, _):
        for host in ("127.0.0.1", "localhost"):
            url = f"https://{host}:{port}"
            assert await ask(url, hub_tls(url, authority().pem)) == "welcome"


@pytest.mark.anyio
async def test_a_hub_of_another_authority_is_refused_before_anything_is_said(
    anyio_backend: str, tmp_path: Path
) -> None:
    async with answering("welcome", context_of(make_authority(tmp_path))) as (port, heard):
        url = f"https://127.0.0.1:{port}"
        assert (await ask(url, hub_tls(url, authority().pem))).startswith("its certificate is not trusted")
        assert (await ask(url, hub_tls(url, ""))).startswith("its certificate is not trusted")
    assert heard == []


@pytest.mark.anyio
async def test_a_hub_under_another_name_is_refused(anyio_backend: str, tmp_path: Path) -> None:
    signer = make_authority(tmp_path)
    async with answering("welcome", context_of(signer, ["hub.rovers.example"])) as (port, heard):
        for host in ("127.0.0.1", "localhost"):
            url = f"https://{host}:{port}"
            assert "mismatch" in await ask(url, hub_tls(url, signer.pem))
    assert heard == []


@pytest.mark.anyio
async def test_a_certificate_that_ended_is_refused(anyio_backend: str, tmp_path: Path) -> None:
    long_ago = today_ms() - YEAR_MS
    signer = make_authority(tmp_path, now_ms=long_ago)
    async with answering("welcome", context_of(signer, now_ms=long_ago)) as (port, heard):
        url = f"https://127.0.0.1:{port}"
        assert "certificate has expired" in await ask(url, hub_tls(url, signer.pem))
        by_the_hub = hub_tls(url, signer.pem, now_ms=lambda: long_ago + SERVER_MS + DAY_MS)
        assert "the certificate ended" in await ask(url, by_the_hub)
    assert heard == []


@pytest.mark.anyio
@pytest.mark.parametrize("off_ms", [-40 * YEAR_MS, -YEAR_MS, YEAR_MS])
async def test_a_clock_that_was_moved_keeps_no_edge_from_its_hub(
    anyio_backend: str, tmp_path: Path, off_ms: int
) -> None:
    """The certificate is a year away from the machine's clock, and fits the time that the hub said last."""
    hub_ms = today_ms() + off_ms
    signer = make_authority(tmp_path, now_ms=hub_ms)
    async with answering("welcome", context_of(signer, now_ms=hub_ms)) as (port, _):
        url = f"https://127.0.0.1:{port}"
        assert await ask(url, hub_tls(url, signer.pem, now_ms=lambda: hub_ms)) == "welcome"


@pytest.mark.parametrize(
    ("wall_ms", "heard_ms", "pinned", "surely"),
    [(900, 500, True, 500), (300, 500, True, 300), (900, 0, True, 0), (900, 0, False, 900), (900, 500, False, 500)],
)
def test_a_certificate_ends_when_the_unit_and_the_hubs_last_word_agree(
    wall_ms: int, heard_ms: int, pinned: bool, surely: int
) -> None:
    assert surely_ms(Moment(wall_ms, 0, UUID(int=1), heard_ms), pinned=pinned) == surely


@pytest.mark.anyio
async def test_old_tls_is_refused(anyio_backend: str) -> None:
    context = context_of(authority())
    careless = ssl.create_default_context(cadata=authority().pem)
    for one in (context, careless):
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            one.minimum_version = one.maximum_version = ssl.TLSVersion.TLSv1_1
        one.set_ciphers("ALL:@SECLEVEL=0")
    async with answering("welcome", context) as (port, heard):
        url = f"https://127.0.0.1:{port}"
        assert (await ask(url, hub_tls(url, authority().pem))).startswith("no TLS")
        assert heard == []
        assert await ask(url, careless) == "welcome"


@pytest.mark.anyio
async def test_the_authority_is_fetched_from_a_stranger_and_proven_by_its_fingerprint(anyio_backend: str) -> None:
    pem = authority().pem
    async with answering(pem, server_context()) as (port, heard):
        assert await fetch_authority(f"https://127.0.0.1:{port}/", fingerprint(pem).upper()) == pem
    assert len(heard) == 1
    assert heard[0].startswith(b"GET /authority.pem HTTP/1.1\r\n")
    assert b"authorization" not in heard[0].lower()


@pytest.mark.anyio
async def test_what_a_stranger_adds_to_the_authority_is_not_kept(anyio_backend: str, tmp_path: Path) -> None:
    pem, other = authority().pem, make_authority(tmp_path).pem
    async with answering(pem + other, server_context()) as (port, _):
        with pytest.raises(AuthorityUnknown):
            await fetch_authority(f"https://127.0.0.1:{port}", fingerprint(other))


@pytest.mark.anyio
@pytest.mark.parametrize(
    "said", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
async def test_an_authority_that_does_not_fit_the_code_is_refused(
    anyio_backend: str, tmp_path: Path, said: str
) -> None:
    async with answering(said or make_authority(tmp_path).pem, server_context()) as (port, _):
        with pytest.raises(AuthorityUnknown, match="Make a new code at the hub itself"):
            await fetch_authority(f"https://127.0.0.1:{port}", fingerprint(authority().pem))


@pytest.mark.anyio
async def test_a_hub_that_shows_no_authority_is_a_sentence(anyio_backend: str) -> None:
    code = fingerprint(authority().pem)
    async with answering("gone", server_context(), "404 Not Found") as (port, _):
        with pytest.raises(AuthorityAway, match="status 404"):
            await fetch_authority(f"https://127.0.0.1:{port}", code)
    async with answering("x" * (AUTHORITY_BYTES_MAX + 1), server_context()) as (port, _):
        with pytest.raises(AuthorityAway, match="more than a certificate"):
            await fetch_authority(f"https://127.0.0.1:{port}", code)
    async with answering("plain") as (port, _):
        with pytest.raises(AuthorityAway, match="no TLS"):
            await fetch_authority(f"https://127.0.0.1:{port}", code)
    with pytest.raises(AuthorityAway, match="ConnectError"):
        await fetch_authority(f"https://127.0.0.1:{free_port()}", code)
    with pytest.raises(AddressRefused):
        await fetch_authority("http://hub.rovers.example", code)


@pytest.mark.anyio
async def test_a_redirect_is_not_followed(anyio_backend: str) -> None:
    pem = authority().pem
    async with answering(pem, server_context()) as (port, heard):
        elsewhere = f"302 Found\r\nlocation: https://127.0.0.1:{port}/authority.pem"
        async with answering("", server_context(), elsewhere) as (other, _):
            with pytest.raises(AuthorityAway, match="status 302"):
                await fetch_authority(f"https://127.0.0.1:{other}", fingerprint(pem))
    assert heard == []


def test_a_membership_of_the_first_release_still_reads() -> None:
    unit = UnitIdentity(uuid4(), uuid4(), "rsu", "R07", "RSU 07")
    member = Membership(uuid4(), unit, uuid4(), "ab" * 32, "https://hub:8400", authority().pem)
    fields = msgspec.to_builtins(member)
    assert parse_membership(msgspec.json.encode(fields)) == member
    del fields["hub_url"], fields["hub_ca"]
    old = parse_membership(msgspec.json.encode(fields))
    assert (old.hub_url, old.hub_ca, old.hub_key) == ("", "", member.hub_key)
