"""What keeps a drawer shut."""

from shared.kernel.errors import DeviceFault


class DrawerAway(DeviceFault):
    """It cannot be opened from here just now; nothing is written down, as nothing was tried."""

    code = "drawer.away"
    sentence = "“{name}” stays shut: {problem} Use its key meanwhile."


class DrawerStuck(DeviceFault):
    """The opening is written down, and the pulse did not leave in time. It is not sent later."""

    code = "drawer.stuck"
    sentence = "“{name}” did not open, as far as is known. The opening is written down; use its key."


class DrawerPort(DeviceFault):
    """The serial port of a drawer."""

    code = "drawer.port"
    sentence = "Nothing can be sent to {address} ({reason})."
