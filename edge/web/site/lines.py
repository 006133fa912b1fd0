"""The sentences of the message line, and which one stands when several would (handbook: the worst only)."""

from edge.web.site.view import LineView, StripView

_ORDER = ("stop", "closing", "attn", "wait", "train")
BATTERY_STOP_PERCENT = 8


def worst(*lines: LineView | None) -> LineView | None:
    """The line to show: stop, closing, numbers, battery, offline; among equals the first given."""
    shown = [line for line in lines if line is not None]
    return min(shown, key=lambda line: _ORDER.index(line.level), default=None)


def offline(strip: StripView) -> LineView | None:
    """Weather, not an accident: the sales are safe, go on."""
    if strip.connection != "offline":
        return None
    since = f"Offline since {strip.offline_since}." if strip.offline_since else "Offline."
    safe = "1 sale is" if strip.waiting == 1 else f"{strip.waiting} sales are"
    rest = f"{safe} safe on this unit." if strip.waiting else "Sales stay safe on this unit."
    return LineView(level="wait", lead=f"{since} Keep selling.", rest=rest, icon="cloud-off")


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
    """A printer that does not answer or has no paper; low paper only tints its cell."""
    if strip.printer == "out":
        return LineView(
            level="stop", lead="Paper is out.", rest="Put in a roll; waiting tickets print.", icon="printer-x"
        )
    if strip.printer == "unknown":
        return LineView(level="attn", lead="Printer does not answer.", rest="Sales wait for paper.", icon="printer")
    return None


def battery(strip: StripView) -> LineView | None:
    """Below 8 % the unit asks for help; below 20 % only its cell is tinted."""
    if strip.battery is None or strip.battery >= BATTERY_STOP_PERCENT:
        return None
    lead = f"Battery {strip.battery} %."
    return LineView(level="stop", lead=lead, rest="Charge now or hand over.", icon="battery-low")


def stopped(sentence: str, *, bring_to: str) -> LineView:
    """Recalled, disabled, disk full or evidence wrong: one sentence and a name."""
    return LineView(level="stop", lead=sentence, rest=f"Bring it to {bring_to}.", icon="circle-slash")
