"""The clinoid processes of one side and the optic strut, and the knobs at the edge of the dorsum sellae."""

from __future__ import annotations

import numpy as np

from icac.phantom.description.parameters import HeadParameters
from icac.phantom.description.shapes import Ellipsoid, Tube, mirrored
from icac.phantom.description.side_bones import PosteriorClinoid, SideBones
from icac.phantom.skull.piece import SPONGY, Piece


def anterior(q: HeadParameters, side: SideBones, s: int) -> list[Piece]:
    """Return anterior clinoid, optic strut and lesser wing."""
    def m(x: float, y: float, z: float) -> tuple[float, float, float]:
        return mirrored((x, y, z), s)

    tip_y = 15.5 - q.clinoid_mm
    return [
        Piece(Tube((m(15.5, 16, 6), m(14, 10, 6.2), m(12.9, tip_y, 6)), (4.4, 3.2, q.clinoid_tip_mm)), 1.0, SPONGY),
        Piece(Tube((m(13.0, 10.5, 4), m(10, 12.5, -2)), (1.8 * side.strut_scale, 1.9 * side.strut_scale)), 0.8, SPONGY),
        Piece(Tube((m(15, 15.5, 7), m(33, 20, 9.5), m(50, 28, 10)), (3.4, 2.6, 3.5), flat=0.8), 1.5),
    ]


def posterior(q: HeadParameters, side: SideBones, s: int) -> list[Piece]:
    """Return the posterior clinoid, its hook, ball or island, and the knobs of the dorsum."""
    root = (4, -7.6, q.dorsum_height_mm - 2.5)
    end = (8, -5.5, q.dorsum_height_mm - 0.5)
    shape = side.posterior_clinoid
    if shape is None:
        pieces = [Piece(Tube((mirrored(root, s), mirrored(end, s)), (2.0, 1.7)), 1.0, SPONGY)]
    else:
        pieces = _shaped(shape, root, end, s)
    return pieces + _knobs(q, side, s)


def _shaped(shape: PosteriorClinoid, root: tuple[float, float, float], end: tuple[float, float, float],
            s: int) -> list[Piece]:
    tip = np.add(end, shape.end)
    points, radii = [root, tuple(tip)], [2.0, shape.tip_mm]
    if any(shape.hook):
        points, radii = [*points, tuple(tip + shape.hook)], [*radii, 0.6 * shape.tip_mm]
    pieces = [Piece(Tube(tuple(mirrored(p, s) for p in points), tuple(radii)), 1.0, SPONGY)]
    if shape.ball_mm:
        outward = (tip - root) / np.linalg.norm(tip - root)
        # An island begins a gap beyond the surface of the tip; a ball sits on the tip.
        away = shape.tip_mm + shape.gap_mm + shape.ball_mm if shape.gap_mm else 0.0
        center = mirrored(tuple(tip + away * outward), s)
        pieces.append(Piece(Ellipsoid(center, (shape.ball_mm,) * 3), 0.2 if shape.gap_mm else 0.8, SPONGY))
    return pieces


def _knobs(q: HeadParameters, side: SideBones, s: int) -> list[Piece]:
    top = q.dorsum_height_mm
    return [Piece(Ellipsoid(mirrored((8.6, -7.6, -9 + share * (top + 9)), s), (radius,) * 3), 0.5, SPONGY)
            for share, radius in side.dorsum_beads]


def middle(side: SideBones, s: int) -> list[Piece]:
    """Return the middle clinoid: a spine beside the sella, medial of the anterior bend."""
    if not side.middle_clinoid_mm:
        return []
    points = (mirrored((5.2, 4.5, -1.5), s), mirrored((6.3, 4.2, 0.5 + side.middle_clinoid_mm), s))
    return [Piece(Tube(points, (1.6, 0.8)), 0.8, SPONGY)]
