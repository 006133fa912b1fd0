"""What can keep the demo from coming up, each with the way out."""

from shared.kernel.errors import Fault


class PortTaken(Fault):
    """Another program listens on one of the demo's ports."""

    code = "demo.port_taken"
    sentence = "Port {port} is taken. Stop what uses it, or choose others: --base-port {other}."


class ChildEnded(Fault):
    """A process of the demo ended before it was up."""

    code = "demo.child_ended"
    sentence = "{name} ended before it was up: {last}"


class NotUp(Fault):
    """A process of the demo does not answer."""

    code = "demo.not_up"
    sentence = "{name} did not answer within {seconds} s: {last}"


class CommandFailed(Fault):
    """A command of the demo's setting-up was refused."""

    code = "demo.command_failed"
    sentence = "`tillhouse {command}` failed: {said}"


class HubSaidNo(Fault):
    """The hub refused a request of the demo's setting-up."""

    code = "demo.hub_said_no"
    sentence = "The hub refused {what}: {said} Begin anew with --reset."


class DemoRuns(Fault):
    """One folder, one demo."""

    code = "demo.runs"
    sentence = "A demo runs on {folder} already. Stop it there with Ctrl-C, or choose another: --folder DIR."


class FolderUnfit(Fault):
    """The demo's state has no place."""

    code = "demo.folder_unfit"
    sentence = "{folder} cannot hold the demo's state ({reason}). Choose another: --folder DIR."
