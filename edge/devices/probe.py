"""Talking to a printer before anything is stored of it: does it answer, is it the model, does it prove, is it well."""

import asyncio
import re
from collections.abc import Iterator

import msgspec

from edge.devices.lines.address import RealLine, Serial, line_text
from edge.devices.lines.one_way import OneWay
from edge.devices.lines.opening import open_transport
from edge.devices.lines.transport import Patience, PrinterConfused, PrinterRefused, PrinterSilent, Transport
from edge.devices.status import Paper, Reading
from firmware_profiles import PRINTERS, PrinterProfile, facts, models
from firmware_profiles.firmware import firmware_standing
from shared.kernel.errors import DeviceFault

FIRMWARE, MODEL = 65, 67
PROOF_MS = 5_000
CALLS_MAX = 5
CALL_AGAIN_S = 0.3
BAUDS = (9_600, 19_200, 38_400, 115_200, 57_600, 4_800, 2_400)
"""Speeds to try where the profile knows none, the usual ones first."""
SEARCHING = Patience(status_timeout_ms=400)
"""Somebody waits for the page, and there are up to seven speeds."""


class Probed(msgspec.Struct, frozen=True):
    """What came of it. `reading` is None when it did not answer; each problem is a sentence with what to do.

    `taken`: somebody is there and took no call, perhaps for another unit's sake.
    """

    reading: Reading | None
    model: str = ""
    firmware: str = ""
    problems: tuple[str, ...] = ()
    taken: bool = False


async def probe(transport: Transport, profile: PrinterProfile, *, proof_ms: int = PROOF_MS) -> Probed:
    """Open, ask, close. Nothing comes out of the printer; never raises DeviceFault."""
    try:
        await transport.open()
        reading = await transport.status()
        proves = await _proves(transport, profile, reading, proof_ms)
        model, firmware = await _names(transport, profile, reading)
    except DeviceFault as fault:
        return Probed(None, problems=(_why(fault, transport, profile),), taken=isinstance(fault, PrinterRefused))
    finally:
        noise_bytes = transport.noise_bytes
        await transport.close()
    problems = (
        *((_garbage(profile),) if noise_bytes else ()),
        *((ONE_WAY,) if isinstance(transport, OneWay) else ()),
        *_troubles(reading),
        *(() if proves else (NO_PROOF,)),
        *_other_model(model, profile),
        *_old_firmware(firmware, profile),
    )
    return Probed(reading, model, firmware, problems)


async def probe_line(
    address: RealLine, profile: PrinterProfile, patience: Patience | None = None
) -> tuple[RealLine, Probed]:
    """`probe` at this address, and the address with its speed, which is looked for where a serial one names none."""
    if not isinstance(address, Serial):
        probed = await probe(open_transport(address, profile, patience), profile)
        for _ in range(CALLS_MAX - 1):  # another unit that looks in, or prints a slip, has let go soon
            if not probed.taken:
                break
            await asyncio.sleep(CALL_AGAIN_S)
            probed = await probe(open_transport(address, profile, patience), profile)
        return address, probed
    place = address if address.baud else Serial(address.path, await find_baud(address, profile))
    probed = await probe(open_transport(place, profile, patience), profile)
    if probed.reading is not None or address.baud is None:
        return place, probed
    baud = await find_baud(address, profile)
    hint = f"At {baud} baud it makes sense: write {line_text(Serial(address.path, baud))} for its line."
    return place, msgspec.structs.replace(probed, problems=(*probed.problems, *((hint,) if baud else ())))


async def find_baud(address: Serial, profile: PrinterProfile, patience: Patience = SEARCHING) -> int | None:
    """The speed at which the printer on this port makes sense, twice; None when it does so at none."""
    for baud in sorted(profile.bauds, reverse=True) if profile.bauds else BAUDS:
        transport = open_transport(Serial(address.path, baud), profile, patience)
        try:
            await transport.open()
            await transport.status()
            await transport.status()
            if not transport.noise_bytes:
                return baud
        except (PrinterSilent, PrinterConfused):
            continue
        except DeviceFault:
            return None  # no port to try a speed on; `probe` says why
        finally:
            await transport.close()
    return None


NO_PROOF = (
    "It does not prove what it has printed, so each ticket would come out again and again. "
    "Choose the profile of its own model, or another printer; for reports it will do."
)
ONE_WAY = "Nothing comes back over this line, so nobody can tell how the printer is. It will do for reports alone."


async def _proves(transport: Transport, profile: PrinterProfile, reading: Reading, within_ms: int) -> bool:
    """Asked only while it prints: a printer that stands still answers when it goes on."""
    if not (profile.proves and reading.prints):
        return True
    await transport.ask_proof()
    return await transport.proved(within_ms=within_ms)


async def _names(transport: Transport, profile: PrinterProfile, reading: Reading) -> tuple[str, str]:
    """Model and firmware, where the profile knows that it can be asked; asked last, as silence ends the talk."""
    if profile.firmware_query != "gs-i" or not reading.prints:
        return "", ""
    firmware = model = ""
    try:
        firmware = await transport.text_of(FIRMWARE)
        model = await transport.text_of(MODEL)
    except PrinterSilent:
        pass
    return model, firmware


def _why(fault: DeviceFault, transport: Transport, profile: PrinterProfile) -> str:
    if transport.noise_bytes or isinstance(fault, PrinterConfused):
        return _garbage(profile)
    if isinstance(fault, PrinterSilent):
        return f"{fault} On a serial line, try another speed; on any line, see that it is a printer of this profile."
    return str(fault)


def _garbage(profile: PrinterProfile) -> str:
    speeds = f": it knows {_listed(profile.bauds)} baud" if profile.bauds else ""
    return (
        "What it answers is garbage. On a serial line the speed is wrong as a rule; "
        f"its self test prints the right one{speeds}. On any other line, it is no printer of this profile."
    )


def _listed(numbers: tuple[int, ...]) -> str:
    texts = [str(number) for number in numbers]
    return " or ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))


def _troubles(reading: Reading) -> Iterator[str]:
    if reading.cover_open:
        yield "Its cover is open. Close it."
    elif reading.paper is Paper.OUT:
        yield "It has no paper. Put in a roll."
    elif reading.error:
        yield "It says that it has an error. Look at its lamps, and switch it off and on."
    elif reading.paper is Paper.LOW:
        yield "Its paper is nearly used up. Have a roll at hand."


def _other_model(model: str, profile: PrinterProfile) -> Iterator[str]:
    """Told only when a profile of ours is that model's: makers write their names in too many ways to accuse."""
    if not model or _is_of(model, profile.title):
        return
    better = models_named(model)
    if better:
        yield f"It says that it is a {model}, and the profile is for {profile.title}. Choose {' or '.join(better)}."


def models_named(model: str) -> tuple[str, ...]:
    """The profiles, supported or not, of the model that a printer says it is."""
    return tuple(name for name in models(PRINTERS) if _is_of(model, facts(PRINTERS, name).title))


def _is_of(model: str, title: str) -> bool:
    return model.casefold() in re.split(r"[ ,]+", title.casefold())


def _old_firmware(firmware: str, profile: PrinterProfile) -> Iterator[str]:
    least = profile.firmware_min
    match firmware_standing(firmware, least):
        case "untold":
            yield f"It does not tell its firmware; approved is {least} or newer. Its self test prints it."
        case "unclear":
            yield f"Its firmware “{firmware}” names no version; approved is {least} or newer. Its self test prints it."
        case "old":
            yield (
                f"Its firmware {firmware} is older than {least}, the oldest that was approved. "
                "Have it renewed before it prints tickets."
            )
