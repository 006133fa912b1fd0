"""A caller that hangs up in the middle of its request is a quiet line in the unit's log, and no fault of it."""

import logging
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.runtime.app import edge_app
from tests.support.hanging_up import FORM, JSON, hang_up, listening, told_of
from tests.support.sync import until
from tests.support.unit import Desk, at_the_unit

PATHS = {"/api/identity/sessions": JSON, "/virtual-printer/trouble": FORM}


def test_who_hangs_up_in_mid_request_is_no_fault_of_the_unit(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scene(desk: Desk) -> None:
        with capture_logs() as lines:
            async with listening(edge_app(desk.unit)) as port:
                for path, kind in PATHS.items():
                    await hang_up(port, path, kind)
                await until(lambda: set(told_of(lines)) == set(PATHS), "a line for each of them")
        assert told_of(lines) == dict.fromkeys(PATHS, ("caller hung up", "info"))

    at_the_unit(scene, tmp_path)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
