"""What slips carry, from outside: the page's form, JSON, and the address of a picture say the same in one type."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from hub.web.identity.logo_file import logo_of
from shared.domain.identity.commands import SetSlipText
from shared.domain.identity.state import LICENCE_LINES_MAX, SlipTextCard
from shared.kernel.errors import InputRefused
from shared.kernel.logo import LOGO_BYTES_MAX
from shared.paper.imprint import Imprint
from shared.paper.logo import is_readable

LOGO_LETTERS_MAX = LOGO_BYTES_MAX * 4 // 3 + 4
FILE_LETTERS_MAX = 3 * 1_024 * 1_024
Line = Annotated[str, msgspec.Meta(max_length=200)]
LINE_NAMES = tuple(f"line_{place}" for place in range(1, LICENCE_LINES_MAX + 1))


class SlipTextForm(msgspec.Struct, kw_only=True):
    """JSON: `logo` is a PNG or JPEG file in base64. What is left out stays, what is empty goes."""

    licence_lines: tuple[Line, ...] | None = None
    responsible_line: Line | None = None
    logo: Annotated[str, msgspec.Meta(max_length=FILE_LETTERS_MAX)] | None = None
    command_id: UUID | None = None

    async def imprint(self, now: SlipTextCard) -> Imprint:
        """What is asked for, where `now` is in force."""
        return Imprint(
            now.logo if self.logo is None else await logo_of(bytes_of(self.logo)) if self.logo else b"",
            now.licence_lines if self.licence_lines is None else self.licence_lines,
            now.responsible_line if self.responsible_line is None else self.responsible_line,
        )


def imprint_of(card: SlipTextCard) -> Imprint:
    """What is in force."""
    return Imprint(card.logo, card.licence_lines, card.responsible_line)


def order_of(imprint: Imprint, command_id: UUID, actor: UUID) -> SetSlipText:
    """The order of a person."""
    return SetSlipText(
        command_id=command_id,
        actor=actor,
        logo=imprint.logo,
        licence_lines=imprint.licence_lines,
        responsible_line=imprint.responsible_line,
    )


def imprint_in(fields: Mapping[str, Any], new_logo: bytes = b"") -> Imprint:
    """What a page's form or the address of a picture says; a new logo goes before the one shown."""
    lines = tuple(str(fields.get(name, "")).strip() for name in LINE_NAMES)
    responsible_line = str(fields.get("responsible_line", "")).strip()
    return Imprint(new_logo or _logo_in(fields), tuple(filter(None, lines)), responsible_line)


def query_of(imprint: Imprint) -> str:
    """The same for an address."""
    fields = dict(zip(LINE_NAMES, imprint.licence_lines, strict=False))
    if imprint.responsible_line:
        fields["responsible_line"] = imprint.responsible_line
    if imprint.logo:
        fields["logo"] = text_of(imprint.logo)
    return urlencode(fields)


def text_of(logo: bytes) -> str:
    """A logo as text."""
    return urlsafe_b64encode(logo).decode()


def bytes_of(text: str) -> bytes:
    """What base64 says, of either alphabet."""
    try:
        return urlsafe_b64decode(text.replace("+", "-").replace("/", "_"))
    except ValueError as problem:
        raise InputRefused(field="Logo", problem="it is no base64 of a picture") from problem


def _logo_in(fields: Mapping[str, Any]) -> bytes:
    return b"" if fields.get("remove_logo") else _shown_logo(str(fields.get("logo", "")))


def _shown_logo(text: str) -> bytes:
    logo = bytes_of(text[:LOGO_LETTERS_MAX])
    if logo and not is_readable(logo):
        raise InputRefused(field="Logo", problem="it cannot be read any more. Choose the file again")
    return logo
