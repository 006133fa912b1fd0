"""The file that carries bundles from a unit to its hub when no line does: USB stick, memory card, mail (design §5.9).

It holds bundles exactly as they go over HTTPS, so the same bytes may come by both roads. It has no signature of its
own: each bundle inside has one, and a damaged bundle must not take the good ones with it.
"""

from typing import Annotated

import msgspec

from shared.journal import archive
from shared.kernel.codec import decode, encode
from shared.kernel.errors import InputRefused
from shared.kernel.limits import BUNDLE_BYTES_MAX

FORMAT = "tillhouse/stick/v1"
STICK_BYTES_MAX = 256 * 1024 * 1024
STICK_BUNDLES_MAX = 4_096
STICK_PARCELS_MAX = 4_096
PARCEL_BYTES_MAX = 1024 * 1024


class Stick(msgspec.Struct, frozen=True, array_like=True):
    """Packed bundles, and sealed parcels of the vault that go with them; whoever takes parcels opens them."""

    format: str
    bundles: Annotated[tuple[bytes, ...], msgspec.Meta(max_length=STICK_BUNDLES_MAX)]
    parcels: Annotated[tuple[bytes, ...], msgspec.Meta(max_length=STICK_PARCELS_MAX)] = ()


def write_stick(bundles: tuple[bytes, ...], parcels: tuple[bytes, ...] = ()) -> bytes:
    """The bytes of the file; InputRefused when they would be more than a file may hold."""
    stick = Stick(FORMAT, bundles, parcels)
    _check(stick)
    data = encode(stick)
    if len(data) > STICK_BYTES_MAX:
        raise _refused(f"it would be larger than {STICK_BYTES_MAX} bytes")
    return data


def read_stick(data: bytes) -> Stick:
    """The bundles in a file's bytes, none of them verified; InputRefused when it is no such file or over a limit."""
    if data.startswith(archive.MAGIC):
        raise _refused(
            "this is a whole journal, for `tillhouse verify journal`; on the unit, run `tillhouse edge export` "
            "without --journal and bring that file"
        )
    if len(data) > STICK_BYTES_MAX:
        raise _refused(f"it is larger than {STICK_BYTES_MAX} bytes")
    try:
        stick = decode(data, Stick)
    except msgspec.ValidationError as error:
        raise _refused(f"it is not written as a unit writes it ({error}); export it again") from error
    except msgspec.DecodeError as error:
        raise _refused("this is no whole file of `tillhouse edge export`; copy it again") from error
    _check(stick)
    return stick


def _check(stick: Stick) -> None:
    if stick.format != FORMAT:
        raise _refused(f"this program reads files of format {FORMAT}; update the hub")
    if not 0 < len(stick.bundles) <= STICK_BUNDLES_MAX:
        raise _refused(f"it must hold 1 to {STICK_BUNDLES_MAX} bundles")
    if any(len(bundle) > BUNDLE_BYTES_MAX for bundle in stick.bundles):
        raise _refused(f"a bundle is larger than {BUNDLE_BYTES_MAX} bytes")
    if len(stick.parcels) > STICK_PARCELS_MAX or any(len(parcel) > PARCEL_BYTES_MAX for parcel in stick.parcels):
        raise _refused(f"it holds more than {STICK_PARCELS_MAX} parcels, or one larger than {PARCEL_BYTES_MAX} bytes")


def _refused(problem: str) -> InputRefused:
    return InputRefused(field="File", problem=problem)
