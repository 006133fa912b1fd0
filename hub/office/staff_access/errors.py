"""What a login and a door refuse."""

from shared.kernel.errors import Refusal
from shared.web.problems import NotAllowed, NotLoggedIn


class WrongPassword(NotLoggedIn):
    """Login or password does not fit; which of them is not said."""

    code = "access.wrong_password"
    sentence = "Wrong login or password. Five wrong tries lock a login for {minutes} minutes."


class LockedOut(NotAllowed):
    """Too many wrong tries."""

    code = "access.locked"
    sentence = "Locked for {minutes} more minutes. Try again then, with the right password."


class RoleNotAllowed(NotAllowed):
    """The role may not do this."""

    code = "access.not_allowed"
    sentence = "Your role, {role}, may not do this. Ask one of: {roles}."


class FromElsewhere(NotAllowed):
    """A form sent by a page of another site."""

    code = "access.from_elsewhere"
    sentence = "This form came from another site. Open the page here and send it again."


class LoginTaken(Refusal):
    """A login belongs to one person."""

    code = "access.login_taken"
    sentence = "The login {login} belongs to somebody already. Choose another."


class WeakPassword(Refusal):
    """A password that is guessed too soon."""

    code = "access.weak_password"
    sentence = "A password has {least} to {most} letters. Choose a longer one, or shorten it."
