"""Draw the icon of the extension: a carotid artery with calcified wall beside the skull base, as in an axial CT.

Run ``python Resources/Icons/draw_icon.py`` to write ``ICACSegmentation/Resources/Icons/ICACSegmentation.png``.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

SIZE, SCALE = 128, 8
AIR, BRAIN, BONE, LUMEN, CALCIUM = "#101820", "#5c6470", "#f1ebdc", "#c0392b", "#ffd23f"
TARGET = Path(__file__).resolve().parents[2] / "ICACSegmentation/Resources/Icons/ICACSegmentation.png"


class Canvas:
    """A drawing in coordinates of the final icon, made larger so that edges come out smooth."""

    def __init__(self) -> None:
        self.image = Image.new("RGBA", (SIZE * SCALE, SIZE * SCALE), (0, 0, 0, 0))
        self._draw = ImageDraw.Draw(self.image)

    def rounded(self) -> Image.Image:
        """Return the drawing in the size of the icon, with round corners."""
        mask = Image.new("L", self.image.size, 0)
        edge = SIZE * SCALE - 1
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, edge, edge), 22 * SCALE, fill=255)
        self.image.putalpha(mask)
        return self.image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: str) -> None:
        """Fill an ellipse around (x, y)."""
        self._draw.ellipse([SCALE * v for v in (x - rx, y - ry, x + rx, y + ry)], fill=colour)

    def arc(self, x: float, y: float, r: float, start: float, end: float, width: float, colour: str) -> None:
        """Draw an arc with round ends between two angles in degrees, clockwise from the right."""
        box = [SCALE * v for v in (x - r, y - r, x + r, y + r)]
        self._draw.arc(box, start, end, fill=colour, width=round(width * SCALE))

    def polygon(self, points: list[tuple[float, float]], colour: str) -> None:
        """Fill a polygon."""
        self._draw.polygon([(SCALE * x, SCALE * y) for x, y in points], fill=colour)


def draw() -> Image.Image:
    """Return the icon, 128 x 128 RGBA."""
    canvas = Canvas()
    canvas.ellipse(64, 64, 200, 200, AIR)
    canvas.ellipse(104, 62, 100, 96, BONE)
    canvas.ellipse(104, 62, 90, 86, BRAIN)
    canvas.polygon([(12, 84), (22, 116), (74, 97), (104, 83), (98, 76), (60, 82)], BONE)
    canvas.polygon([(20, 28), (16, 40), (66, 27), (100, 30), (101, 23), (66, 18)], BONE)
    canvas.polygon([(128, 42), (110, 46), (105, 58), (112, 70), (128, 72)], BONE)
    canvas.ellipse(72, 54, 21, 21, LUMEN)
    canvas.arc(72, 54, 25, 95, 285, 10, CALCIUM)
    canvas.arc(72, 54, 24, 0, 48, 7, CALCIUM)
    return canvas.rounded()


if __name__ == "__main__":
    draw().save(TARGET, optimize=True)
