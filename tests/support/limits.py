"""How long a test waits for what must come. A limit is for what never comes: no machine, however busy, reaches one."""

WAIT_S_MAX = 60.0
"""For an answer, or for something that happens by itself."""
PROGRAM_S_MAX = 180
"""For a program that is started and runs to its end, or ends on a signal."""
