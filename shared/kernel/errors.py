"""What can go wrong, split by what the caller can do about it.

TillhouseError
├── Refusal        the business says no: answer 409, say the next step, no error in the log
├── Fault          the world failed: try again with backoff, show it on the health page
│   ├── DeviceFault
│   └── PeerFault
└── EvidenceError  the journal is wrong: stop writing, open a case, call a human

A bug is an AssertionError and none of these.
"""

from typing import Any, ClassVar


class TillhouseError(Exception):
    """Root of all errors that Tillhouse raises on purpose.

    `code` is stable and travels in answers; `values` fill the sentence, whose text lives in `sentence`.
    """

    code: ClassVar[str] = "tillhouse.error"
    sentence: ClassVar[str] = "Something went wrong. Nothing was lost; try again."

    def __init__(self, **values: Any) -> None:
        self.values = values
        super().__init__(self.sentence.format(**values))


class Refusal(TillhouseError):
    """The business refuses; the sentence says what is wrong and what to do next."""

    code = "refused"


class InputRefused(Refusal):
    """A form or body that cannot be read as an order; answered 422, the input is kept."""

    code = "input.invalid"
    sentence = "{field}: {problem}."


class Fault(TillhouseError):
    """The world failed; the same act may succeed later."""

    code = "fault"
    retry_after_ms: ClassVar[int] = 2_000


class DeviceFault(Fault):
    """A printer, scanner or drawer does not do its part."""

    code = "device.fault"


class PeerFault(Fault):
    """Another node does not answer, or not as agreed."""

    code = "peer.fault"


class StorageFault(Fault):
    """The disk or database takes no more facts now."""

    code = "storage.fault"
    sentence = "This unit cannot store a sale now. Nothing was sold; take it to the counter."


class EvidenceError(TillhouseError):
    """The journal contradicts itself or its signature; writing stops."""

    code = "evidence.error"


class ChainBroken(EvidenceError):
    """An entry does not follow the one before it (design §5.1)."""

    code = "evidence.chain_broken"
    sentence = "Entry {seq} of {origin} does not follow the entry before it."


class BadSignature(EvidenceError):
    """A signed document does not verify under the key it names."""

    code = "evidence.bad_signature"
    sentence = "The signature of {what} does not verify."


class Fork(EvidenceError):
    """The same seq with other bytes (design §5.2)."""

    code = "evidence.fork"
    sentence = "Two histories of {origin}: entry {seq} differs from the one stored."
