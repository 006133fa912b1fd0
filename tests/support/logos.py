"""Pictures as head office has them, made by hand: a mark with letters, a photograph, and files that are none."""

from io import BytesIO

from PIL import Image, ImageDraw


def picture_file(picture: Image.Image, form: str = "PNG") -> bytes:
    """The picture as a file."""
    file = BytesIO()
    picture.save(file, form)
    return file.getvalue()


def drawn_logo(width: int = 640, height: int = 300) -> Image.Image:
    """A disc beside two bars, dark blue on white."""
    picture = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((20, 20, height - 20, height - 20), fill=(10, 60, 110))
    pen.rectangle((height, 60, width - 30, 110), fill=(10, 60, 110))
    pen.rectangle((height, 170, width - 90, 210), fill=(200, 20, 40))
    return picture


def one_bit_logo(width: int = 120, height: int = 48) -> bytes:
    """A logo as slips carry it: a black frame with a bar in it."""
    picture = Image.new("1", (width, height), 1)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, width - 1, height - 1), outline=0, width=4)
    pen.rectangle((20, 18, width - 21, 30), fill=0)
    return picture_file(picture)
