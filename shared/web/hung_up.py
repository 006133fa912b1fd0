"""A caller that hangs up before its request is whole: a line that broke or a page that was left, and nobody's fault.

The framework tells it as a failure of its own, with status 500; nobody is there any more to read an answer.
"""

from litestar.exceptions import HTTPException

from shared.web.problems import Problem, problem_at

STATUS = 400
FRAMEWORK_SAYS = "client disconnected prematurely"
SENTENCE = "The request ended before it was whole. Send it again."


def has_hung_up(error: HTTPException) -> bool:
    """Whether the framework stopped because the caller was gone."""
    return error.status_code == 500 and error.detail == FRAMEWORK_SAYS


def hung_up() -> Problem:
    """The answer that nobody reads."""
    return problem_at(STATUS, "http.hung_up", SENTENCE)
