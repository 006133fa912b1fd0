"""Example views of enrolment at the edge, and of a unit that is stopped: (name, template, view)."""

from edge.web.enrol.view import EnrolledView, EnrolView
from edge.web.site import lines
from edge.web.site.view import NodeKind, PageView, StripView

HUB = "https://hub.rovers.example:8400"
WRONG = "This code is for R09, and this is another unit. Type it there, or add this one as a new unit."


def enrol_pages(strip: StripView, kind: NodeKind) -> dict[str, tuple[str, object]]:
    """The views by name, for one size of unit."""
    size = "rsu" if kind == "rsu" else "counter"
    name = "RSU 07" if kind == "rsu" else "Harbour Stand counter"
    stopped = PageView("Enrol", kind, strip, lines.held("hub:forked", ended=True))
    again = EnrolView(HUB, name=name, why="Two histories of this unit exist.", page=stopped)
    gone = PageView("Enrol", kind, strip, lines.held("hub:revoked", ended=True))
    revoked = EnrolView(HUB, name=name, why="Head office revoked this unit.", revoked=True, page=gone)
    typed = EnrolView("", f"TH1*{HUB}*{'4f' * 32}*7KQ4", WRONG, "identity.pairing_of_other")
    return {
        f"{size}-enrol": ("enrol/enrol.html", EnrolView()),
        f"{size}-enrol-short": ("enrol/enrol.html", EnrolView(HUB)),
        f"{size}-enrol-refused": ("enrol/enrol.html", typed),
        f"{size}-enrol-again": ("enrol/enrol.html", again),
        f"{size}-enrol-revoked": ("enrol/enrol.html", revoked),
        f"{size}-enrolled": ("enrol/enrolled.html", EnrolledView(name, "R07", 1)),
    }
