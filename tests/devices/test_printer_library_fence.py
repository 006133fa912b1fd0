"""python-escpos writes, unpickles and configures at import; none of it may reach the node (decided in the driver)."""

import subprocess
import sys
from pathlib import Path

PRINT_ONE = """
import logging, os
before = dict(os.environ)
from shared.paper.document import Document, Text
from edge.devices.encoder import encode
from firmware_profiles import load_printer
assert encode(Document((Text("x"),)), load_printer("virtual-58"))
assert logging.root.handlers == [], logging.root.handlers
assert dict(os.environ) == before
"""


def test_printing_leaves_no_folder_no_log_handler_and_no_variable(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", PRINT_ONE],
        env={"TMPDIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert list(tmp_path.iterdir()) == []
