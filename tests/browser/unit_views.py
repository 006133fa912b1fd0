"""Example views of the hub's pages about units: one that is stopped, one to add, its code, an imported file."""

from dataclasses import dataclass
from uuid import UUID

from hub.web.identity.qr import qr_view
from hub.web.identity.units_acts import Tried, act_views
from hub.web.identity.units_facts import unit_sentence
from hub.web.identity.units_lag import CLOCK_TAG, DISK_TAG, STOPPED_TAG
from hub.web.identity.units_view import (
    AddUnitView,
    CodeView,
    FreshCode,
    ImportLine,
    ImportView,
    StoryLine,
    UnitFact,
    UnitPageView,
)
from hub.web.raffle.view import RoomView, UnitsView
from hub.web.site.standing import ENABLED, HELD, PAUSED, STATES, StateTag, held_tags, state_tags
from hub.web.site.unit_view import UnitView
from hub.web.site.view import HubPage
from shared.domain.identity.errors import ReasonNeeded
from shared.domain.identity.state import House, UnitCard, VenueCard
from shared.journal.entry import Owner
from shared.kernel.clock import Moment
from shared.kernel.money import Money
from shared.pipeline.command import Given

VENUE = VenueCard(UUID(int=1), "Harbour Stand", "Section D", "Europe/London", 240)
GIVEN = Given(Owner(UUID(int=2), UUID(int=3), 1), Moment(1, 1, UUID(int=4)), bytes(32))
SECRET = ("7KQ4", "M2XT", "9BVD", "0HZC")
TEXT = f"TH1*https://hub.rovers.example:8400*{'4f' * 32}*{''.join(SECRET)}"
STORY = (
    StoryLine("2026-11-21 20:08", "Two histories were found in epoch 3: entry 612 exists twice.", "The hub"),
    StoryLine("2026-11-21 18:40", "Enabled.", "Ada Lindqvist"),
    StoryLine("2026-11-21 18:31", "Certificate of epoch 3 made, valid until 2027-02-19.", "The hub"),
    StoryLine("2026-11-21 18:31", "Enrolled anew, epoch 3. It waited to be enabled.", "The unit, with its code"),
    StoryLine("2026-11-21 18:30", "Code made to enrol it anew.", "Ada Lindqvist"),
)
FACTS = (
    UnitFact("Venue", "Harbour Stand"),
    UnitFact("Kind", "Handheld (RSU)"),
    UnitFact("Code on paper", "R11", mono=True),
    UnitFact("Epoch", "3", mono=True),
    UnitFact(
        "Certificate valid until",
        "2026-11-23 18:31",
        StateTag("attn", "Certificate ends in 2 days", "clock-alert"),
    ),
    UnitFact("Last seen", "6 min ago, at 20:08"),
    UnitFact("Seller", "Sam Okoro"),
    UnitFact("Waits there", "4+ facts, 3 kB+, the oldest 47 min old"),
    UnitFact("Program", "0.2.0"),
)
NEVER = (*FACTS[:4], UnitFact("Certificate valid until", "2027-02-19 18:31"), UnitFact("Last seen", "Never"))
JUMPED = (
    *FACTS[:4],
    UnitFact("Certificate valid until", "2027-02-19 18:31"),
    UnitFact("Last seen", "Now"),
    UnitFact("Seller", "Sam Okoro"),
    UnitFact("Program", "0.2.0"),
    UnitFact("Waits there", "12 facts, 14 kB, the oldest 3 min old"),
    UnitFact("Numbers left", "400"),
    UnitFact("Selling time left", "4 h, at the pace of its last hour; the certificate ends in 89 days"),
    UnitFact("Stopped", "The clock of this unit jumped.", STOPPED_TAG),
    UnitFact("Room on its disk", "310 MB", DISK_TAG),
    UnitFact("Clock", "365 days fast", CLOCK_TAG),
    UnitFact("Stored and not shown", "1 entry", StateTag("attn", "1 in quarantine", "scale")),
)


@dataclass(frozen=True)
class Example:
    """A unit as the rules see it, for the acts that they allow."""

    name: str = "RSU 11"
    state: str = "forked"
    paused: bool = False
    holds: tuple[str, ...] = ()
    facts: tuple[UnitFact, ...] = FACTS
    tried: Tried | None = None

    def acts(self) -> UnitPageView:
        """Its page without a frame of its own."""
        card = UnitCard(UUID(int=9), VENUE.venue_id, "rsu", "R11", self.name, b"s", b"k", 3, self.state, self.paused)
        house = House(founded=True, venues=(VENUE,), units=(card,), unit=card)
        found = state_tags(card, 0) + held_tags(self.holds)
        return UnitPageView(
            page=HubPage("Units", "units", "Ada Lindqvist", "Manager", "Rivermouth Rovers Foundation", "20:14:09", 2),
            unit_id="u11",
            name=self.name,
            sentence=unit_sentence(card, self.holds),
            tags=(ENABLED, *found) if self.state == "enabled" and not self.holds else found,
            facts=self.facts,
            story=STORY,
            acts=act_views(card, house, GIVEN, self.tried),
            command_id="c1",
            revoked=self.state == "revoked",
        )


def _row(name: str, tags: tuple[StateTag, ...] = (), *, seen_s: int = 2) -> UnitView:
    sold = Money(1_120_00, "USD")
    known = seen_s < 60
    return UnitView(
        name, "/units/u1", "Sam Okoro", 0, known, seen_s, sold, 60, 600, "ready", 82, "RSU", "Harbour Stand", tags=tags
    )


ROWS = (
    _row("RSU 11", (STATES["forked"],)),
    _row("RSU 15", (STATES["behind"], PAUSED)),
    _row("RSU 03", (STATES["disabled"],)),
    _row("RSU 09", (PAUSED,), seen_s=47 * 60),
    _row("RSU 14", (HELD["clock"],)),
    _row("RSU 07"),
    _row("Harbour Stand counter"),
    _row("RSU 02", (STATES["revoked"],), seen_s=50 * 3_600),
)
ROOMS = (
    RoomView("RSU 18", "RSU", "Harbour Stand", 41, again=False, href="/units/codes/p1"),
    RoomView("RSU 12", "RSU", "Harbour Stand", 3, again=True, href="/units/codes/p2"),
)
IMPORTED = (
    ImportLine(1, "RSU 09, epoch 1", "613 – 880", StateTag("done", "Taken", "check"), "268 stored. All are new."),
    ImportLine(
        2, "RSU 09, epoch 1", "881 – 900", StateTag("calm", "Known", "check"), "All were here already; nothing changed."
    ),
    ImportLine(
        3,
        "Unknown unit",
        "–",
        StateTag("stop", "Refused", "x"),
        "This bundle belongs to a unit of another organisation. Import it there.",
        "sync.foreign_stick",
    ),
)


def unit_pages(page: HubPage) -> dict[str, tuple[str, object]]:
    """The views by name."""
    code = FreshCode(TEXT, SECRET, "https://hub.rovers.example:8400", qr_view(TEXT))
    add = AddUnitView(page, (("v1", "Harbour Stand"),), (("rsu", "Handheld (RSU)"), ("venue", "Counter")))
    waits = CodeView(page, "RSU 07", "Enrol RSU 07", "waits", 60, "21:14", code=code)
    enrolled = CodeView(page, "RSU 07", "Enrol RSU 07", "enrolled", 60, "21:14", unit_id="u7", code=code)
    imported = ImportView(page, "rsu-09.stick", "3 bundles read, 268 new entries stored. 1 bundle refused.", IMPORTED)
    return {
        "hub-units-all": ("raffle/units.html", UnitsView(page, ROWS, (), ROOMS)),
        "hub-unit-forked": ("identity/unit.html", Example().acts()),
        "hub-unit-enabled": ("identity/unit.html", Example("RSU 07", "enabled").acts()),
        "hub-unit-disabled": ("identity/unit.html", Example("RSU 03", "disabled").acts()),
        "hub-unit-revoked": ("identity/unit.html", Example("RSU 02", "revoked").acts()),
        "hub-unit-paused": ("identity/unit.html", Example("RSU 09", "enabled", paused=True).acts()),
        "hub-unit-never": ("identity/unit.html", Example("RSU 18", "disabled", facts=NEVER).acts()),
        "hub-unit-stopped": ("identity/unit.html", Example("RSU 14", "enabled", False, ("clock",), JUMPED).acts()),
        "hub-unit-refused": (
            "identity/unit.html",
            Example("RSU 07", "enabled", tried=Tried("revoke", ReasonNeeded(maximum=200), "Lost it")).acts(),
        ),
        "hub-unit-over": ("identity/unit_code.html", CodeView(page, "RSU 07", "Enrol RSU 07", "over", 0, "21:14")),
        "hub-unit-again": ("identity/unit_code.html", CodeView(page, "RSU 07", "Enrol RSU 07", "waits", 41, "21:14")),
        "hub-unit-add": ("identity/unit_add.html", add),
        "hub-unit-code": ("identity/unit_code.html", waits),
        "hub-unit-enrolled": ("identity/unit_code.html", enrolled),
        "hub-unit-import": ("identity/unit_import.html", imported),
    }
