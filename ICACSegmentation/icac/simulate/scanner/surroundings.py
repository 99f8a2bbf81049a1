"""What lies around a head in the scanner: table, head holder with rails, pillow, straps, tubes, an arm.

All but the arm run along the table, so they are given by their cross-section in x and y of the scanner, mm from the
sella of the head, over a range along z. They fill air only: the head lies on them and may sink in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icac.air import AIR_HU
from icac.geometry import Frame

#: CT numbers of carbon fibre and plastic shells, foam, pillows, rails (aluminium or dense plastic), cloth and tubes.
SHELL_HU, FOAM_HU, PILLOW_HU = (-250.0, 150.0), (-970.0, -880.0), (-960.0, -850.0)
RAIL_HU, STRAP_HU, TUBE_HU = (200.0, 1800.0), (-700.0, -100.0), (0.0, 250.0)

#: CT numbers above which nothing is filled, and below which all of a voxel is.
_FULL_HU, _EMPTY_HU = -300.0, -900.0

#: Where the back of a usual head lies behind its sella, and its side, mm.
_BACK_MM, _SIDE_MM = 108.0, 78.0


@dataclass(frozen=True)
class Part:
    """A bar along the table, with a cross-section that is an elliptic disc, a piece of its rim, or a box.

    Attributes
    ----------
    name : str
    hu : float
    center_mm : tuple of float
        (x, y) in the scanner, LPS mm from the sella.
    half_mm : tuple of float
        Half axes (x, y).
    rim_mm : float
        Thickness of the rim of an ellipse; 0 for all of it.
    from_y_mm : float
        Only what lies behind this y.
    along_mm : tuple of float
        Range along z, mm from the sella.
    box : bool
        True for a rectangle, False for an ellipse.

    """

    name: str
    hu: float
    center_mm: tuple[float, float]
    half_mm: tuple[float, float]
    rim_mm: float = 0.0
    from_y_mm: float = -1e3
    along_mm: tuple[float, float] = (-1e3, 1e3)
    box: bool = False

    def distance(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Distance in mm to the surface, negative inside; approximate for ellipses."""
        across = [np.abs(x - self.center_mm[0]), np.abs(y - self.center_mm[1])]
        if self.box:
            out = np.maximum(across[0] - self.half_mm[0], across[1] - self.half_mm[1])
        else:
            out = (np.hypot(across[0] / self.half_mm[0], across[1] / self.half_mm[1]) - 1.0) * min(self.half_mm)
        if self.rim_mm:
            out = np.abs(out) - self.rim_mm / 2
        return np.maximum.reduce([out, self.from_y_mm - y, self.along_mm[0] - z, z - self.along_mm[1]])


def place(parts: tuple[Part, ...], hu: np.ndarray, frame: Frame, pose: np.ndarray) -> None:
    """Fill the air of a rendered head with parts, in place.

    Parameters
    ----------
    parts : tuple of Part
        In order of precedence: later ones replace earlier ones.
    hu : numpy.ndarray
        float32 (z, y, x).
    frame : Frame
        Its grid in head space, LPS mm.
    pose : numpy.ndarray
        4 x 4; head space -> scanner.

    """
    empty = hu < _FULL_HU
    points = frame.to_lps(np.argwhere(empty)[:, ::-1]).astype(np.float32) @ pose[:3, :3].T.astype(np.float32)
    air = hu[empty]
    share = np.clip((_FULL_HU - air) / (_FULL_HU - _EMPTY_HU), 0.0, 1.0)
    filled = np.full_like(air, AIR_HU)
    for part in parts:
        inside = np.clip(0.5 - part.distance(*points.T) / frame.spacing[0], 0.0, 1.0)
        filled += inside * (part.hu - filled)
    hu[empty] = air + share * (filled + 1000.0)


def field_of_view(head: Frame) -> Frame:
    """Return the 1 mm box around a head that shows what lies around it too."""
    low = np.array([-120.0, -122.0, head.origin[2]])
    size = np.array([241, 268, head.size[2]])
    return Frame.regular((1.0, 1.0, 1.0), tuple(int(n) for n in size), origin=tuple(low))


def draw_surroundings(rng: np.random.Generator) -> tuple[Part, ...]:
    """Draw what lies around a head: most lie in a holder or on a pillow, above a table that may be out of sight."""
    back = _BACK_MM + rng.uniform(-3.0, 6.0)
    parts: list[Part] = []
    if rng.random() < 0.5:
        parts += _table(back + rng.uniform(5.0, 45.0), rng)
    parts += _holder(back, rng) if rng.random() < 0.65 else _pillow(back, rng)
    for draw, share in ((_strap, 0.3), (_tubes, 0.25), (_arm, 0.06)):
        if rng.random() < share:
            parts += draw(rng)
    return tuple(parts)


def _table(top: float, rng: np.random.Generator) -> list[Part]:
    """A flat or curved sandwich of foam between two shells, with a rail at either side; it may end below the head."""
    along = (-1e3, 1e3) if rng.random() < 0.5 else (-1e3, float(rng.uniform(-40.0, 60.0)))
    half, height, shell = rng.uniform(120.0, 230.0), rng.uniform(10.0, 30.0), rng.uniform(*SHELL_HU)
    offset, rim = rng.normal(0, 8.0), rng.uniform(1.0, 3.0)
    if rng.random() < 0.4:
        curve = {"center_mm": (offset, top - 150.0), "half_mm": (half, 150.0 + height), "from_y_mm": top - 60.0,
                 "along_mm": along}
        parts = [Part("table", shell, rim_mm=rim, **curve)]
    else:
        place_at = {"center_mm": (offset, top + height), "half_mm": (half, height), "along_mm": along, "box": True}
        parts = [Part("table foam", rng.uniform(*FOAM_HU), **place_at), Part("table", shell, rim_mm=rim, **place_at)]
    reach, size = rng.uniform(60.0, 118.0), rng.uniform(1.5, 5.0)
    hu = rng.uniform(*RAIL_HU)
    return parts + [Part("table rail", hu, (offset + sign * reach, top + height * 0.5), (size, size * 1.5),
                         along_mm=along, box=True) for sign in (-1, 1)]


def _holder(back: float, rng: np.random.Generator) -> list[Part]:
    """A trough around the back of the head, with a pad inside and often with a rail along either edge."""
    side, depth = _SIDE_MM + rng.uniform(8.0, 26.0), rng.uniform(60.0, 110.0)
    rim, edge = rng.uniform(2.0, 6.0), back - depth * rng.uniform(0.5, 1.1)
    center = (float(rng.normal(0, 4.0)), back + 8.0 - depth)
    along = (float(rng.uniform(-90.0, -30.0)), 1e3)
    trough = {"center_mm": center, "along_mm": along, "from_y_mm": edge}
    parts = [Part("pad", rng.uniform(*PILLOW_HU), half_mm=(side, depth), **trough),
             Part("holder", rng.uniform(*SHELL_HU), half_mm=(side, depth), rim_mm=rim, **trough)]
    if rng.random() < 0.6:
        across = side * np.sqrt(max(1.0 - ((edge - center[1]) / depth) ** 2, 0.05))
        size, hu = rng.uniform(1.5, 4.5), rng.uniform(*RAIL_HU)
        parts += [Part("holder rail", hu, (center[0] + sign * across, edge), (size, size), along_mm=along)
                  for sign in (-1, 1)]
    return parts


def _pillow(back: float, rng: np.random.Generator) -> list[Part]:
    return [Part("pillow", rng.uniform(*PILLOW_HU), (float(rng.normal(0, 10.0)), back + 10.0),
                 (rng.uniform(80.0, 130.0), rng.uniform(15.0, 40.0)))]


def _strap(rng: np.random.Generator) -> list[Part]:
    """A band of 3 to 6 cm over the forehead."""
    low = float(rng.uniform(0.0, 50.0))
    half = (_SIDE_MM + rng.uniform(2.0, 14.0), 100.0 + rng.uniform(0.0, 8.0))
    return [Part("strap", rng.uniform(*STRAP_HU), (0.0, 10.0), half, rim_mm=rng.uniform(1.0, 4.0),
                 along_mm=(low, low + rng.uniform(30.0, 60.0)))]


def _tubes(rng: np.random.Generator) -> list[Part]:
    """One or two tubes beside or before the face."""
    angle = rng.uniform(np.pi, 2 * np.pi, 1 + rng.integers(2))
    return [Part("tube", rng.uniform(*TUBE_HU), (105.0 * np.cos(a), 118.0 * np.sin(a)), (size, size), rim_mm=1.5,
                 along_mm=(-1e3, float(rng.uniform(-30.0, 90.0))))
            for a, size in zip(angle, rng.uniform(2.5, 7.0, len(angle)), strict=True)]


def _arm(rng: np.random.Generator) -> list[Part]:
    """An arm that could not be laid down: muscle around a bone."""
    at = (float(rng.choice([-1, 1])) * rng.uniform(105.0, 125.0), float(rng.uniform(20.0, 90.0)))
    size = rng.uniform(24.0, 38.0)
    return [Part("arm", 50.0, at, (size, size)), Part("bone of the arm", 900.0, at, (10.0, 10.0), rim_mm=5.0)]
