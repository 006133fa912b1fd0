"""What the login page shows; the controller of identity fills it."""

import msgspec

from edge.web.site.view import PageView


class StaffChoice(msgspec.Struct, frozen=True):
    """One person who may log in here; `staff_id` is what the form sends, `role` is a word for people."""

    staff_id: str
    name: str
    role: str


class LoginView(msgspec.Struct, frozen=True):
    """`chosen` None: the list. Chosen: the keypad, `first_name` greets.

    `refused` is the sentence of the last try ("Wrong PIN. 3 tries left."); `locked_until` is a clock text and takes
    the keypad away ("20:31"). `back` is a path on this node to go to after the PIN.
    """

    page: PageView
    people: tuple[StaffChoice, ...]
    chosen: StaffChoice | None = None
    first_name: str = ""
    refused: str = ""
    locked_until: str = ""
    back: str = ""
