"""What is refused about devices, with the next step."""

from shared.kernel.errors import Refusal


class UnknownDevice(Refusal):
    """The device is not in use on this unit."""

    code = "devices.unknown"
    sentence = "This device is not in use on this unit any more. Choose another of the list."


class DeviceExists(Refusal):
    """Two devices with one id."""

    code = "devices.same_id"
    sentence = "“{name}” has this id already. Add the device without an id to give it its own."


class SameLine(Refusal):
    """Two devices at one end of a cable would print into each other."""

    code = "devices.same_line"
    sentence = "“{name}” is on {line} already. Choose another connection, or change that device."


class UnknownKind(Refusal):
    """Neither printer, scanner nor drawer."""

    code = "devices.unknown_kind"
    sentence = "A device is a {kinds}. Choose one of them."


class UnknownRole(Refusal):
    """Not among what printers print, or given to something that prints nothing."""

    code = "devices.unknown_role"
    sentence = "Only a printer has roles, and they are {roles}. Choose among these."


class RoleHeld(Refusal):
    """One kind of slip comes out of one printer."""

    code = "devices.role_held"
    sentence = "“{name}” prints the {role} already. Let this printer take it over, or choose another role."


class FallbackWrong(Refusal):
    """A fallback must be able to stand in."""

    code = "devices.fallback"
    sentence = "{problem} Choose another printer of this unit as its fallback, or none."


class DeviceNameNeeded(Refusal):
    """Nobody would know which device is meant."""

    code = "devices.name_needed"
    sentence = "Name the device with 1 to {maximum} letters, so that everybody finds it."


class DeviceTextUnreadable(Refusal):
    """Model, line, firmware or reason hold what nobody can read."""

    code = "devices.text_unreadable"
    sentence = "{what} holds signs that nobody can read, or is too long. Type at most {maximum} letters."


class TooManyDevices(Refusal):
    """A unit has a limit."""

    code = "devices.too_many"
    sentence = "This unit has {maximum} devices already. Take one out of use first."


class NotWorkingHere(Refusal):
    """The person does not work here any more."""

    code = "devices.not_working_here"
    sentence = "Nobody with this login works here any more. Ask a colleague to log in."


class SupervisorNeeded(Refusal):
    """A counterfoil in two hands is two chances in the draw."""

    code = "devices.supervisor_needed"
    sentence = "A counterfoil is printed again only by a supervisor. Ask one to log in here."


class SlipIsVoid(Refusal):
    """What is void is not printed again."""

    code = "devices.slip_void"
    sentence = "This slip is void and is not printed again. Make a new sale if the buyer wants one."


class NotADrawer(Refusal):
    """Only a cash drawer opens."""

    code = "devices.not_a_drawer"
    sentence = "“{name}” is no cash drawer. Choose a drawer of this unit."


class NotAtTheDrawer(Refusal):
    """The person does not handle cash."""

    code = "devices.not_at_the_drawer"
    sentence = "Your role does not open the drawer. Ask a seller or a supervisor to log in."


class DrawerReasonNeeded(Refusal):
    """No cash sale goes with the opening."""

    code = "devices.reason_needed"
    sentence = "No cash sale opens the drawer now. Write in at least {minimum} letters why you open it."
