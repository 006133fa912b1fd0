"""Who checks a journal gets the hub's public key from the hub itself, by one command."""

from pathlib import Path

from tests.edge.test_process import tillhouse
from tests.support.hub import make_keys


def test_the_hub_prints_the_key_that_journals_are_checked_with(tmp_path: Path) -> None:
    folder = tmp_path / "hub"
    public = make_keys(folder / "hub.key").node_key().sign_public.hex()
    done = [tillhouse("hub", "key", "--folder", str(folder)) for _ in range(2)]
    assert [one.stdout for one in done] == [f"{public}\n"] * 2


def test_a_folder_without_a_hub_gets_no_key_and_stays_empty(tmp_path: Path) -> None:
    asked = tillhouse("hub", "key", "--folder", str(tmp_path / "mistyped"))
    assert (asked.returncode, asked.stdout) == (1, "")
    assert "holds no hub" in asked.stderr
    assert not (tmp_path / "mistyped").exists()


def test_a_database_whose_key_is_gone_gets_no_new_one(tmp_path: Path) -> None:
    (tmp_path / "hub" / "database").mkdir(parents=True)
    served = tillhouse("hub", "serve", "--folder", str(tmp_path / "hub"))
    assert served.returncode == 1
    assert "Put the key's backup in place" in served.stderr
    assert not (tmp_path / "hub" / "hub.key").exists()
