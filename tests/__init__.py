"""The tests; nothing that they start says on the machine's networks that it is there, unless a test says so itself."""

import os

os.environ.setdefault("TILLHOUSE_DISCOVERY", "off")
