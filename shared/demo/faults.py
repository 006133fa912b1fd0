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


class NoAnswer(Fault):
    """A unit of the scripted run did not do what a seller asked for."""

    code = "demo.no_answer"
    sentence = "{unit} did not serve its seller within {seconds} s: {last}."


class SellerRefused(Fault):
    """A unit of the scripted run refused what it was to take."""

    code = "demo.seller_refused"
    sentence = "{unit} refused its seller: {said}."


class NotLevel(Fault):
    """The units' journals did not reach the hub."""

    code = "demo.not_level"
    sentence = "After {seconds} s entries still wait for the hub: {waiting}. Everything lies in {folder}."


class FolderUsed(Fault):
    """A scripted run begins with nothing."""

    code = "demo.folder_used"
    sentence = "{folder} is not empty. A scripted run needs a folder of its own: --folder DIR, or none for a new one."


class NoPorts(Fault):
    """There are not enough free ports in a row."""

    code = "demo.no_ports"
    sentence = "No {count} free ports in a row from {base} on. Choose others: --base-port N."


class DoesNotTie(Fault):
    """What the sellers were told is not what hub and journals hold."""

    code = "demo.does_not_tie"
    sentence = "It does not tie: {problems}. Everything lies in {folder}."
