"""Removing a hub removes a hub's own files by name, and nothing beside them: only folders of the test are risked."""

from pathlib import Path

import pytest

from hub.runtime.place import HubPlace
from hub.runtime.postgres import EmbeddedPostgres, remove_embedded
from hub.runtime.postgres_faults import NoHubHere
from hub.runtime.postgres_place import move_database
from hub.runtime.settings import HubSettings


def test_a_folder_without_a_hubs_keys_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "database").mkdir()
    (tmp_path / "database" / "letter.txt").write_text("not a hub's")
    with pytest.raises(NoHubHere):
        HubPlace(HubSettings(folder=tmp_path)).forget()
    assert (tmp_path / "database" / "letter.txt").read_text() == "not a hub's"


def test_what_is_not_the_hubs_stays_beside_a_hub_that_is_removed(tmp_path: Path) -> None:
    place = HubPlace(HubSettings(folder=tmp_path))
    place.keys()
    server = EmbeddedPostgres(tmp_path / "database", durable=False)
    server.start()
    server.stop()
    for folder in (tmp_path, tmp_path / "database"):
        (folder / "letter.txt").write_text("mine")
    place.forget()
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*"))
    assert left == ["database", "database/letter.txt", "letter.txt"]


def test_databases_that_restores_set_aside_go_too_and_folders_that_only_look_like_it_stay(tmp_path: Path) -> None:
    place = HubPlace(HubSettings(folder=tmp_path / "hub"))
    place.keys()
    aside, cut_off = "database.replaced-20261121T150000Z", "database.restoring"
    server = EmbeddedPostgres(place.folder / "database", durable=False)
    server.start()
    server.stop()
    move_database(place.folder / "database", place.folder / aside)
    server = EmbeddedPostgres(place.folder / cut_off, durable=False)
    server.start()
    server.stop()
    mine = ["database.replaced-by-hand", "database.replaced-20261121T150001Z", "database.old"]
    for name in mine:
        (place.folder / name / "data").mkdir(parents=True)
        (place.folder / name / "data" / "letter.txt").write_text("mine")
    (place.folder / "database.replaced-20261121T150002Z").symlink_to(tmp_path)
    place.forget()
    left = sorted(path.relative_to(place.folder).as_posix() for path in place.folder.rglob("*.txt"))
    assert left == sorted(f"{name}/data/letter.txt" for name in mine)
    assert not (place.folder / aside).exists()
    assert not (place.folder / cut_off).exists()
    assert (place.folder / "database.replaced-20261121T150002Z").is_symlink()


def test_a_database_folder_that_is_none_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "letter.txt").write_text("mine")
    remove_embedded(tmp_path)
    assert (folder / "letter.txt").exists()
