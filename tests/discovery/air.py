"""The loopback interface as a network: who says what there, good and bad."""

import random
import socket
import struct
from collections.abc import Iterable, Iterator

from edge.discovery.nodes import Neighbourhood
from shared.nearby.mdns import Mdns

LOOPBACK = "127.0.0.1"
GROUP = ("224.0.0.251", 5_353)


def here() -> tuple[str, ...]:
    """This machine alone."""
    return (LOOPBACK,)


def ears() -> Neighbourhood:
    """A unit that hears this machine alone."""
    return Neighbourhood(here)


def mouth() -> Mdns:
    """Somebody else's sockets on this machine."""
    return Mdns(here)


def shout(packets: Iterable[bytes]) -> None:
    """Send packets to everybody who listens on loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOOPBACK))
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
        for packet in packets:
            sender.sendto(packet, GROUP)


def flood(kind: str, count: int, *, address: str = "127.0.0.9") -> Iterator[bytes]:
    """Answers that `count` services of this kind are there, all with names and texts that steer a terminal."""
    for number in range(count):
        label = f"\x1b[2J\u202e {number}\x07".encode()
        yield announcement(kind, label, address, port=9_100, text=b"\x08ty=\x1b[2J\xff\xfe" + b"\x05a\x00b=c")


def announcement(kind: str, label: bytes, address: str, *, port: int, text: bytes) -> bytes:
    """One answer by hand (RFC 1035): pointer, place, text and address of one service."""
    suffix = b"".join(struct.pack("B", len(part)) + part for part in kind.rstrip(".").encode().split(b".")) + b"\0"
    name = struct.pack("B", len(label)) + label + suffix
    host = b"\x07flooded\x05local\0"
    records = (
        (suffix, 12, name),
        (name, 33, struct.pack("!HHH", 0, 0, port) + host),
        (name, 16, text),
        (host, 1, socket.inet_aton(address)),
    )
    head = struct.pack("!6H", 0, 0x8400, 0, len(records), 0, 0)
    return head + b"".join(
        owner + struct.pack("!HHIH", kind_number, 1, 120, len(said)) + said for owner, kind_number, said in records
    )


def garbage(chance: random.Random, count: int) -> Iterator[bytes]:
    """Packets that are none: noise, cut answers, pointers that lead in circles, counts that lie."""
    good = announcement("_ipp._tcp.local.", b"cut", "127.0.0.9", port=1, text=b"\x03a=b")
    for number in range(count):
        noise = chance.randbytes(chance.randrange(1, 400))
        circle = struct.pack("!6H", 0, 0x8400, 0, 0xFFFF, 0, 0) + b"\xc0\x0c" * chance.randrange(1, 40)
        wrong = good[: chance.randrange(len(good))] + noise
        yield (noise, good[: chance.randrange(1, len(good))], circle, wrong)[number % 4]
