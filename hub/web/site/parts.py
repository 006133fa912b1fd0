"""What the hub's screens are handed: the hub, logins, live figures and the pages' frame; built once a process."""

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request
from litestar.params import Dependency

from hub.office.staff_access.service import Person, StaffAccess
from hub.runtime.hub import Hub
from hub.runtime.reach import DatabaseReach
from hub.web.site.live import Live
from hub.web.site.pages import Pages


@dataclass(frozen=True)
class Parts:
    """The parts of one hub process."""

    hub: Hub
    access: StaffAccess
    live: Live
    pages: Pages
    reach: DatabaseReach


Given = Annotated[Parts, Dependency(skip_validation=True)]
Asked = Request[Person, str, Any]
