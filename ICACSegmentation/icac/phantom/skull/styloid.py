"""The styloid process with its sheath and the tympanic plate: bones below and lateral of the carotid canal."""

from __future__ import annotations

import numpy as np

from icac.phantom.description.shapes import Box, Tube, mirrored
from icac.phantom.description.side_bones import SideBones, Styloid
from icac.phantom.skull.piece import ORDINARY, SPONGY, Piece

#: Root of the styloid: lateral and behind the entrance of the carotid canal, RAS mm, right side.
ROOT = np.array([36.0, -28.5, -27.5])


def _axis(styloid: Styloid, share: float) -> np.ndarray:
    """Return the point at a share of the length, RAS mm, right side."""
    lean = np.array([-styloid.medial, styloid.anterior, -1.0])
    along = styloid.length_mm * lean / np.linalg.norm(lean)
    return ROOT + share * along + np.array([0.0, styloid.bend_mm, 0.0]) * share**2


def _part(styloid: Styloid, share: tuple[float, float], s: int) -> Piece:
    at = np.linspace(*share, 4)
    points = tuple(mirrored(tuple(_axis(styloid, t)), s) for t in at)
    radii = tuple(float(styloid.base_mm + t * (styloid.tip_mm - styloid.base_mm)) for t in at)
    return Piece(Tube(points, radii), 1.0, SPONGY if styloid.hollow else ORDINARY)


def solids(side: SideBones, s: int) -> list[Piece]:
    """Return styloid, vaginal process and tympanic plate of one side (``s``: +1 right, -1 left)."""
    if side.styloid is None:
        pieces = [Piece(Tube((mirrored((24, -27, -30), s), mirrored((23, -26, -42), s)), (2.0, 1.4)), 1)]
    else:
        pieces = [_part(side.styloid, share, s) for share in side.styloid.pieces]
    if side.sheath_mm:
        points = tuple(mirrored(p, s) for p in ((42, -26, -24), (36.5, -27, -28), (34, -25, -31)))
        pieces.append(Piece(Tube(points, (side.sheath_mm, side.sheath_mm, 0.5 * side.sheath_mm)), 1.5))
    if side.tympanic_mm:
        half = (9.0, 0.5 * side.tympanic_mm, 5.0)
        pieces.append(Piece(Box(mirrored((45, -23.5, -22.5), s), half, 1.0, yaw=s * 10), 1.5))
    return pieces
