"""The sentences of the message line, and which one stands when several would (handbook: the worst only)."""

from edge.web.site.view import LineView, StripView
from shared.domain.raffle.errors import stop_words
from shared.kernel.clock import DAY_MS

_ORDER = ("stop", "closing", "attn", "wait", "train")
BATTERY_STOP_PERCENT = 8
CERTIFICATE_MS_MIN = 3 * DAY_MS
HELD_ICONS = {"clock": "clock-alert", "certificate": "clock-alert", "hub:forked": "git-fork", "witness": "history"}


def worst(*lines: LineView | None) -> LineView | None:
    """The line to show: stop, closing, numbers, battery, offline; among equals the first given."""
    shown = [line for line in lines if line is not None]
    return min(shown, key=lambda line: _ORDER.index(line.level), default=None)


def offline(strip: StripView) -> LineView | None:
    """Weather, not an accident: the sales are safe, go on."""
    if strip.connection != "offline":
        return None
    since = f"Offline since {strip.offline_since}." if strip.offline_since else "Offline."
    return LineView(level="wait", lead=f"{since} Keep selling.", rest=_safe(strip.sales_waiting), icon="cloud-off")


def paused(strip: StripView, *, paused: bool) -> LineView | None:
    """Head office takes nothing for now; nobody here has to do anything."""
    if not paused:
        return None
    rest = _safe(strip.sales_waiting)
    return LineView(level="wait", lead="Head office paused uploads. Keep selling.", rest=rest, icon="pause")


def _safe(sales: int) -> str:
    if not sales:
        return "Sales stay safe on this unit."
    return "1 sale is safe on this unit." if sales == 1 else f"{sales} sales are safe on this unit."


def training() -> LineView:
    """The petrol band of the training event; no other line hides it, so it is not passed to `worst`."""
    return LineView(level="train", lead="TRAINING", rest="Nothing counts. Paper says so too.", icon="graduation-cap")


def closing(seconds: int) -> LineView:
    """The last five minutes; the figure runs down by itself."""
    rest = "Last buyers now. This unit stops by itself."
    return LineView(level="closing", lead="to close.", rest=rest, icon="clock-alert", seconds=seconds)


def numbers_low(left: int) -> LineView:
    """The lease is below its low-water mark, or gone."""
    if left == 0:
        return LineView(level="stop", lead="No numbers left.", rest="Go to the counter.", icon="ticket")
    lead = "1 number left on this unit." if left == 1 else f"{left} numbers left on this unit."
    return LineView(level="attn", lead=lead, rest="Walk near the counter to get more.", icon="ticket")


def printer(strip: StripView) -> LineView | None:
    """A printer that does not print, and what mends it; low paper only tints its cell."""
    if strip.printer == "out":
        return LineView(
            level="stop", lead="Paper is out.", rest="Put in a roll; waiting tickets print.", icon="printer-x"
        )
    if strip.printer == "cover":
        rest = "Close it; waiting tickets print."
        return LineView(level="stop", lead="The printer's cover is open.", rest=rest, icon="printer-x")
    if strip.printer == "error":
        rest = "Look for jammed paper; if it is hot, wait. Else switch it off and on."
        return LineView(level="stop", lead="The printer reports an error.", rest=rest, icon="printer-x")
    if strip.printer == "unknown":
        rest = "See to its power and cable; tickets wait for paper."
        return LineView(level="attn", lead="Printer does not answer.", rest=rest, icon="printer")
    return None


def queued(slips: int) -> LineView | None:
    """Orders come faster than paper: nothing is lost, and the buyer should know that it takes a while."""
    if not slips:
        return None
    rest = "In their order. A second printer helps."
    return LineView(level="attn", lead=f"{slips:,} slips wait for paper.", rest=rest, icon="printer")


def asked(slips: int) -> LineView | None:
    """Only a person can say whether these came out."""
    if not slips:
        return None
    lead = "A slip may not have come out." if slips == 1 else f"{slips} slips may not have come out."
    rest = "Look at the paper."
    return LineView(level="stop", lead=lead, rest=rest, icon="printer-x", act="Answer", href="/devices/asked")


def battery(strip: StripView) -> LineView | None:
    """Below 8 % the unit asks for help; below 20 % only its cell is tinted."""
    if strip.battery is None or strip.battery >= BATTERY_STOP_PERCENT:
        return None
    lead = f"Battery {strip.battery} %."
    return LineView(level="stop", lead=lead, rest="Charge now or hand over.", icon="battery-low")


def witness(fault: str) -> LineView | None:
    """The file that guards against an old copy of the database cannot be written; sales are safe without it."""
    if not fault:
        return None
    rest = f"Keep selling; tell the counter: {fault}."
    return LineView(level="attn", lead="The witness file cannot be written.", rest=rest, icon="triangle-alert")


def clock_jumped() -> LineView:
    """Selling waits until somebody who answers for it looked at a watch."""
    return held("clock")


def held(hold: str, *, ended: bool = False) -> LineView:
    """What stops this unit, in the same words as the refusal of a sale; `ended`: only a new enrolment helps."""
    words, cause = stop_words(hold), hold.partition(":")[0]
    act, href = ("Enrol anew", "/enrol") if ended else ("Confirm", "/more/clock") if cause == "clock" else ("", "")
    icon = HELD_ICONS.get(hold) or HELD_ICONS.get(cause, "circle-slash")
    return LineView(level="stop", lead=words["reason"], rest=words["advice"], icon=icon, act=act, href=href)


def certificate_ends(left_ms: int | None) -> LineView | None:
    """It still counts, not for long: a unit that meets the hub now and then never sees this."""
    if left_ms is None or left_ms > CERTIFICATE_MS_MIN:
        return None
    days = -(-left_ms // DAY_MS)
    when = "within a day" if days <= 1 else f"in {days} days"
    rest = "Bring it where it reaches the hub, or it stops selling then."
    return LineView(level="attn", lead=f"This unit’s certificate ends {when}.", rest=rest, icon="clock-alert")


def stopped(sentence: str, *, bring_to: str) -> LineView:
    """Recalled, disabled, disk full or evidence wrong: one sentence and a name."""
    return LineView(level="stop", lead=sentence, rest=f"Bring it to {bring_to}.", icon="circle-slash")
