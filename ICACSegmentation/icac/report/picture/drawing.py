"""Text, letters and bars on a picture, with pillow's own scalable font (so the result is the same everywhere)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from PIL import Image, ImageDraw, ImageFont

Color = tuple[int, int, int]
Point = tuple[float, float]

WHITE: Color = (240, 240, 240)
GREY: Color = (165, 165, 165)
YELLOW: Color = (255, 221, 87)
BLACK: Color = (0, 0, 0)

#: Height of a raised digit and how far it is raised, relative to the text.
_RAISED_SIZE, _RAISED_BY = 0.65, 0.02


@lru_cache(maxsize=16)
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return the font at a size in pixels."""
    found = ImageFont.load_default(size)
    assert isinstance(found, ImageFont.FreeTypeFont)  # Pillow with FreeType, as all its wheels are
    return found


def printable(text: str) -> str:
    """Replace characters the font lacks (it holds ASCII and the raised 3) by question marks."""
    return "".join(c if c == "³" or " " <= c <= "~" else "?" for c in text)


class Text:
    """Writes lines on an image; ``³`` is drawn as a raised 3."""

    def __init__(self, image: Image.Image) -> None:
        self._draw = ImageDraw.Draw(image)

    def width(self, text: str, size: int) -> float:
        """Return the width of a text in pixels."""
        parts = printable(text).split("³")
        raised = font(round(size * _RAISED_SIZE)).getlength("3")
        return sum(font(size).getlength(part) for part in parts) + raised * (len(parts) - 1)

    def write(self, at: Point, text: str, size: int, color: Color = WHITE, anchor: str = "l",
              halo: bool = False) -> float:
        """Write a line with its top at ``at``; anchor ``l``, ``m`` or ``r``. Returns the x where it ends.

        With ``halo`` the letters get a dark rim, to be read on an image.
        """
        x, y = at
        x -= self.width(text, size) * {"l": 0.0, "m": 0.5, "r": 1.0}[anchor]
        rim: dict[str, Any] = {"stroke_width": max(1, size // 9), "stroke_fill": BLACK} if halo else {}
        for number, part in enumerate(printable(text).split("³")):
            if number:
                small = font(round(size * _RAISED_SIZE))
                self._draw.text((x, y + size * _RAISED_BY), "3", color, small, **rim)
                x += small.getlength("3")
            self._draw.text((x, y), part, color, font(size), **rim)
            x += font(size).getlength(part)
        return x

    def wrap(self, text: str, size: int, width: float) -> list[str]:
        """Break a text at spaces into lines of at most ``width`` pixels."""
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and self.width(longer, size) > width:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    def shorten(self, text: str, size: int, width: float) -> str:
        """Cut the middle out of a text that is wider than ``width`` pixels."""
        if self.width(text, size) <= width:
            return text
        kept = len(text)
        while kept > 4 and self.width(_without_middle(text, kept), size) > width:
            kept -= 1
        return _without_middle(text, kept)


def _without_middle(text: str, kept: int) -> str:
    head = (kept + 1) // 2
    return f"{text[:head]}...{text[len(text) - (kept - head):]}"


def scale_bar(image: Image.Image, at: Point, length_px: float, label: str, size: int) -> None:
    """Draw a bar with end ticks and a dark rim; its left end is at ``at``, its label above its middle."""
    draw = ImageDraw.Draw(image)
    x, y = at
    ends = (x, x + length_px)
    for width, color in ((5, BLACK), (2, WHITE)):
        draw.line([(ends[0], y), (ends[1], y)], color, width)
        for end in ends:
            draw.line([(end, y - 5), (end, y + 5)], color, width)
    Text(image).write((x + length_px / 2, y - size - 13), label, size, anchor="m", halo=True)
