"""Settings: environment over file over defaults; a wrong one is named, with what is allowed."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest

from shared.kernel.settings import SettingsFault, read_settings


class Settings(msgspec.Struct, frozen=True):
    folder: Path
    kind: Literal["venue", "rsu"] = "venue"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8400
    training: bool = False
    hub_url: str | None = None
    printers: tuple[str, ...] = ()


def test_the_environment_wins_over_the_file_and_the_file_over_the_defaults() -> None:
    toml = 'folder = "/var/lib/till"\nport = 9000\nprinters = ["a"]\n'
    settings = read_settings(Settings, {"TILLHOUSE_PORT": "9001", "TILLHOUSE_TRAINING": "true"}, toml)
    assert settings == Settings(folder=Path("/var/lib/till"), port=9001, training=True, printers=("a",))


def test_a_list_in_the_environment_is_written_with_commas() -> None:
    settings = read_settings(Settings, {"TILLHOUSE_FOLDER": "x", "TILLHOUSE_PRINTERS": "front, back"}, None)
    assert settings.printers == ("front", "back")


def test_another_prefix_may_be_agreed() -> None:
    assert read_settings(Settings, {"BOX_FOLDER": "x"}, None, prefix="BOX_").folder == Path("x")


@pytest.mark.parametrize(
    ("environ", "toml", "sentence"),
    [
        ({}, None, "TILLHOUSE_FOLDER is not set. It must be a path"),
        ({"TILLHOUSE_PORT": "abc"}, None, "TILLHOUSE_PORT is “abc”; it must be a whole number from 1 to 65535."),
        ({"TILLHOUSE_PORT": "70000"}, None, "it must be a whole number from 1 to 65535."),
        ({"TILLHOUSE_KIND": "kiosk"}, None, "TILLHOUSE_KIND is “kiosk”; it must be one of rsu, venue."),
        ({"TILLHOUSE_TRAINING": "maybe"}, None, "it must be true or false."),
        ({}, "port = '80'", "port in the settings file is “80”; it must be a whole number"),
        ({}, "prot = 80", "The settings file has prot, which nobody reads; did you mean port?"),
        ({}, "port = ", "The settings file is not valid TOML"),
        ({"TILLHOUSE_FOLDER": ""}, None, "it must be a path."),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(
    environ: dict[str, str], toml: str | None, sentence: str
) -> None:
    with pytest.raises(SettingsFault) as caught:
        read_settings(Settings, {"TILLHOUSE_FOLDER": "x"} | environ if environ or toml else environ, toml)
    assert sentence in str(caught.value)
