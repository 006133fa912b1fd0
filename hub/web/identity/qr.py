"""A QR code as one SVG path: no image to fetch, no style for the content policy to refuse."""

import segno

from hub.web.identity.units_view import QrView

QUIET_MODULES = 4
"""ISO 18004 asks for four light modules on every side."""


def qr_view(text: str) -> QrView:
    """The code of `text`, error correction M; each run of dark modules is one stroke of the path."""
    matrix = segno.make_qr(text, error="M").matrix
    strokes = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            end = x
            while end < len(row) and row[end] & 1:
                end += 1
            if end > x:
                strokes.append(f"M{x + QUIET_MODULES} {y + QUIET_MODULES}h{end - x}v1H{x + QUIET_MODULES}z")
            x = max(end, x + 1)
    return QrView(len(matrix) + 2 * QUIET_MODULES, "".join(strokes))
