"""What the page of enrolment sends: the code, scanned, pasted or typed."""

import msgspec

from shared.sync.pairing import TEXT_LETTERS_MAX


class EnrolForm(msgspec.Struct, frozen=True):
    """The whole code, or its sixteen letters where the hub is known."""

    code: str = ""

    @property
    def kept(self) -> str:
        """What stands in the field again after a refusal."""
        return self.code.strip()[:TEXT_LETTERS_MAX]
