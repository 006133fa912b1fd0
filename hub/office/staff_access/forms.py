"""Orders of people at the door, the same for page and API."""

from typing import Annotated

import msgspec


class LoginForm(msgspec.Struct, kw_only=True):
    """Login and password; `back` is where a page leads next."""

    login: Annotated[str, msgspec.Meta(max_length=200)] = ""
    password: Annotated[str, msgspec.Meta(max_length=1_000)] = ""
    back: Annotated[str, msgspec.Meta(max_length=500)] = "/"
