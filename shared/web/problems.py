"""Errors over HTTP: problem details (RFC 9457) with a stable code and the one sentence for people."""

from typing import Any

import msgspec

from shared.kernel.errors import BadSignature, ChainBroken, Fault, Fork, InputRefused, Refusal, TillhouseError

MEDIA_TYPE = "application/problem+json"
OUR_FAULT = "This did not work, and it is our fault. Nothing was lost; try again."
TITLES = {
    401: "Not logged in",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Refused",
    422: "Not readable",
    500: "Fault of the program",
    503: "Not now",
}


class NotLoggedIn(Refusal):
    """Nobody is logged in; answered 401."""

    code = "identity.not_logged_in"
    sentence = "Log in first."


class NotAllowed(Refusal):
    """Somebody is logged in who may not; answered 403."""

    code = "identity.not_allowed"
    sentence = "Your role does not do this. Ask a supervisor."


class Problem(msgspec.Struct, frozen=True):
    """The body of an answer that is no success."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    values: dict[str, Any] = {}


STATUSES: tuple[tuple[type[TillhouseError], int], ...] = (
    (NotLoggedIn, 401),
    (NotAllowed, 403),
    (InputRefused, 422),
    (Refusal, 409),
    (Fault, 503),
    (Fork, 409),
    (BadSignature, 422),
    (ChainBroken, 422),
)
"""What does not verify was sent by somebody else, so it is no fault of this program; other evidence errors are."""


def status_of(error: TillhouseError) -> int:
    """The HTTP status by what the caller can do about it."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)


def problem_of(error: TillhouseError) -> Problem:
    """The problem that an error is told as; values are shown as text where JSON has no word for them."""
    status = status_of(error)
    values = {name: value if isinstance(value, int | str) else str(value) for name, value in error.values.items()}
    return Problem(f"urn:tillhouse:{error.code}", TITLES[status], status, error.code, str(error), values)


def problem_at(status: int, code: str, detail: str) -> Problem:
    """A problem that no error of ours stands behind, as a missing page."""
    return Problem(f"urn:tillhouse:{code}", TITLES.get(status, "Problem"), status, code, detail)
