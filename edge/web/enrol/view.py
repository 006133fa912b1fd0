"""What the pages of enrolment show."""

import msgspec

from edge.web.site.view import PageView


class EnrolView(msgspec.Struct, frozen=True):
    """GET /enrol; POST /enrol {code}. `page` is the frame of a unit at work, None where there is no unit yet.

    `hub` is where the hub is, if that is known: then sixteen letters are enough. `refused` is the sentence of the
    last try, `typed` stands in the field again. `name` is the unit's of today; `why` what stopped it; `revoked`: for
    good, so only the code of a new unit helps.
    """

    hub: str = ""
    typed: str = ""
    refused: str = ""
    refused_code: str = ""
    name: str = ""
    why: str = ""
    revoked: bool = False
    page: PageView | None = None


class HeardView(msgspec.Struct, frozen=True):
    """GET /enrol/nearby: the hubs that announce themselves, each the beginning of its fingerprint and its address."""

    hubs: tuple[tuple[str, str], ...] = ()


class EnrolledView(msgspec.Struct, frozen=True):
    """The answer to a good code: which unit this is now; it starts in a moment."""

    name: str
    code: str
    epoch: int
