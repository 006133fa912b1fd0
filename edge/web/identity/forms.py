"""What a login sends, from the page or a script."""

import msgspec


class LoginForm(msgspec.Struct, frozen=True):
    """Who (`staff_id`, or for scripts the exact `name`) and their six-digit PIN; `back` is a page of this unit."""

    pin: str = ""
    staff_id: str = ""
    name: str = ""
    back: str = ""


def page_of_here(back: str) -> str:
    """The page to go on to; only a path of this unit, else the sell page."""
    safe = back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable() and "\\" not in back
    return back if safe and not back.startswith(("/login", "/logout")) else "/sell"
