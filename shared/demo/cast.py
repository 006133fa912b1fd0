"""Who and what the demo shows: one foundation, one venue, a counter and two handhelds."""

import msgspec

ORGANIZATION = "Rivermouth Rovers Foundation"
LICENCE = "RAF-2291847"
CURRENCY = "USD"
SITE = "rovers.example/5050"
VENUE = "Harbour Stand"
PLACE = "Quayside Park"
ZONE = "Europe/London"
EVENT = "Home Opener 50/50"
ADMIN_LOGIN = "ada"
ADMIN_NAME = "Ada Lindqvist"
PACKAGES = ((3, "5"), (10, "10"), (40, "20"))


class Player(msgspec.Struct, frozen=True):
    """Somebody who works at the venue."""

    name: str
    role: str
    pin: str


INES = Player("Ines", "supervisor", "204618")
MARA = Player("Mara", "seller", "731904")
TOMAS = Player("Tomás", "seller", "518260")
STAFF = (INES, MARA, TOMAS)


class Role(msgspec.Struct, frozen=True):
    """One edge of the demo and who is to log in there."""

    key: str
    name: str
    kind: str
    code: str
    profile: str
    staff: tuple[Player, ...]


EDGES = (
    Role("counter", "Harbour Stand counter", "venue", "C01", "virtual-80", (INES, MARA)),
    Role("rsu-07", "RSU 07", "rsu", "R07", "virtual-58", (MARA, INES)),
    Role("rsu-12", "RSU 12", "rsu", "R12", "virtual-58", (TOMAS, INES)),
)


class Ports(msgspec.Struct, frozen=True):
    """All of the demo's ports, from one number on: page, hub, edges, and a line for each edge."""

    base: int

    @property
    def page(self) -> int:
        """The demo page."""
        return self.base

    @property
    def hub(self) -> int:
        """The hub as people's browsers on this machine open it, without a certificate that they do not know."""
        return self.base + 1

    @property
    def hub_tls(self) -> int:
        """The hub itself, over TLS; edges reach it through their lines only."""
        return self.base + 9

    def edge(self, place: int) -> int:
        """An edge."""
        return self.base + 2 + place

    def line(self, place: int) -> int:
        """The hub as that edge sees it."""
        return self.base + 10 + place
