"""A caller that hangs up in the middle of its request is a quiet line in the hub's log, and no fault of the program."""

import logging

import pytest
from structlog.testing import capture_logs

from hub.runtime.app import make_app
from tests.support.hanging_up import FORM, JSON, PACKED, hang_up, listening, told_of
from tests.support.hub import RunningHub
from tests.support.sync import until

PATHS = {"/api/staff_access/sessions": JSON, "/login": FORM, "/sync/v1/enrol": PACKED}


@pytest.mark.anyio
async def test_who_hangs_up_in_mid_request_is_no_fault_of_the_hub(
    running: RunningHub, caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as lines:
        async with listening(make_app(running.hub).asgi) as port:
            for path, kind in PATHS.items():
                await hang_up(port, path, kind)
            await until(lambda: set(told_of(lines)) == set(PATHS), "a line for each of them")
    assert told_of(lines) == dict.fromkeys(PATHS, ("caller_hung_up", "info"))
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
