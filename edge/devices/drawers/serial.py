"""A drawer that opens at bytes on a serial line: the port is taken for the moment of the word, and let go again."""

import asyncio
import termios

import serial

from edge.devices.drawers.faults import DrawerPort
from edge.devices.lines.address import Serial
from firmware_profiles import DrawerProfile

BAUD_UNKNOWN = 9_600
WRITE_S_MAX = 2.0


async def open_by_letters(place: Serial, profile: DrawerProfile) -> None:
    """Send the word that opens it; DrawerPort when the port is not there, taken or stuck."""
    assert profile.letters is not None
    await asyncio.to_thread(_send, place, profile, bytes.fromhex(profile.letters))


async def check_port(place: Serial, profile: DrawerProfile) -> None:
    """DrawerPort when the port cannot be opened; a drawer says nothing by itself, so that is all to ask."""
    await asyncio.to_thread(_send, place, profile, b"")


def _send(place: Serial, profile: DrawerProfile, word: bytes) -> None:
    baud = place.baud or max(profile.bauds or (BAUD_UNKNOWN,))
    try:
        with serial.Serial(place.path, baud, timeout=0, write_timeout=WRITE_S_MAX, exclusive=True) as port:
            port.write(word)
            port.flush()
    except (OSError, termios.error, ValueError) as fault:  # no such port, no such speed, or nobody reads
        raise DrawerPort(address=place.path, reason=str(fault)[:120]) from fault
