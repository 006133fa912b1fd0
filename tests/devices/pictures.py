"""Pictures for documents of tests."""

from io import BytesIO

from PIL import Image

LOGO = (96, 48)


def logo(size: tuple[int, int] = LOGO) -> bytes:
    """A black frame with a pattern in it, as a PNG of one bit a dot."""
    width, height = size
    picture = Image.new("1", size, 1)
    for down in range(height):
        for across in range(width):
            edge = across in (0, width - 1) or down in (0, height - 1)
            if edge or across * down % 11 == 4 or across == down:
                picture.putpixel((across, down), 0)
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
