"""What every hub page shows around its own content; controllers fill these, `layout.html` reads them."""

from typing import Literal

import msgspec

Area = Literal["now", "events", "sales", "units", "people", "cases"]


class HubPage(msgspec.Struct, frozen=True):
    """The frame: who is here, for which organisation, and when the page was made (`live_at`, `20:14:09`).

    `troubles` stands beside Now in the navigation, `cases` (open ones) beside Cases.
    `flash` is one sentence about the act just done.
    """

    title: str
    area: Area
    person: str
    role: str
    organisation: str
    live_at: str
    troubles: int = 0
    flash: str = ""
    refused: str = ""
    refused_code: str = ""
    cases: int = 0


class HubLogin(msgspec.Struct, frozen=True):
    """GET /login; POST /login {login, password, back}. `refused` is the sentence of the last try; login is kept."""

    organisation: str = ""
    login: str = ""
    refused: str = ""
    back: str = ""


class HubProblem(msgspec.Struct, frozen=True):
    """A refusal, fault or missing page without a form of its own."""

    page: HubPage
    headline: str
    sentence: str
    code: str = ""
