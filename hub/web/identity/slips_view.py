"""What the page of tickets and receipts shows."""

import msgspec

from hub.web.site.view import HubPage


class SlipPicture(msgspec.Struct, frozen=True):
    """A slip as a picture: its address, what it is, and the paper's width in mm."""

    href: str
    label: str
    paper_mm: str


class SlipsView(msgspec.Struct, frozen=True, kw_only=True):
    """GET /slips; POST /slips {act, logo_file, logo, remove_logo, line_1…, responsible_line, command_id}.

    `logo` is the shown logo as text (base64, URL-safe), empty for none. `draft`: what is shown is not yet in force.
    """

    page: HubPage
    lines: tuple[str, ...]
    responsible_line: str
    logo: str
    pictures: tuple[SlipPicture, ...]
    command_id: str
    may_set: bool
    draft: bool = False
