"""Who checks a journal gets the hub's public key from the hub itself, by one command."""

from pathlib import Path

from shared.journal.keyfile import read_keys
from tests.edge.test_process import tillhouse


def test_the_hub_prints_the_key_that_journals_are_checked_with(tmp_path: Path) -> None:
    folder = tmp_path / "hub"
    done = [tillhouse("hub", "key", "--folder", str(folder)) for _ in range(2)]
    (key_file,) = folder.glob("*.key")
    public = read_keys(key_file).node_key().sign_public.hex()
    assert [one.stdout for one in done] == [f"{public}\n"] * 2
