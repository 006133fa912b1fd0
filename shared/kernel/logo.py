"""What an organisation's logo is, wherever it is kept: a PNG of one bit a dot, small enough for every slip. Pure."""

LOGO_WIDTH_MAX, LOGO_HEIGHT_MAX = 352, 160
"""44 by 20 mm at 203 dpi: within the narrowest paper, and as wide as the numbers on the widest."""
LOGO_BYTES_MAX = 5 * 1024
SIGNATURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
ONE_BIT_GREY = b"\x01\x00"
HEAD_BYTES = 26


def logo_size(png: bytes) -> tuple[int, int]:
    """Width and height in dots, as the file's head says; (0, 0) for whatever is no logo."""
    head = png[:HEAD_BYTES]
    if len(png) > LOGO_BYTES_MAX or not head.startswith(SIGNATURE) or head[24:] != ONE_BIT_GREY:
        return 0, 0
    width, height = int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    return (width, height) if 0 < width <= LOGO_WIDTH_MAX and 0 < height <= LOGO_HEIGHT_MAX else (0, 0)
