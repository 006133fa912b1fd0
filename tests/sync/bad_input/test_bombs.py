"""Bodies that would swell: no door of the hub unpacks what a line claims to have packed."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.profile import EACH
from tests.sync.bad_input.door import Door
from tests.sync.bad_input.strategies import BOMBS, MEGABYTE, Bomb

NODE = "{node}"
REFUSED = (
    *("input.invalid", "evidence.bad_signature", "sync.not_proven", "http.413"),
    *("identity.unknown_pairing", "sync.foreign_bundle"),
)
DOORS = (f"hello/{NODE}", "enrol", "stranger", "push", "parcel", "lease", "evidence", "report")
ZIPPED = gzip.compress(bytes(64 * MEGABYTE), 1)


@pytest.mark.parametrize("path", DOORS)
def test_a_bomb_at_any_door_is_not_unpacked(door: Door, path: str) -> None:
    session = door.session(door.card)
    address = path.replace(NODE, str(door.owner.node_id))

    @given(BOMBS, st.sampled_from(["", "zstd", "gzip", "br", "deflate, gzip"]))
    @EACH
    def throw(bomb: Bomb, packing: str) -> None:
        data = ZIPPED if "gzip" in packing else bomb.data
        answer = door.post(address, data, session=session, packing=packing)
        assert answer.status_code != 200
        assert answer.json()["code"] in REFUSED, answer.text

    throw()
    door.goes_on()
