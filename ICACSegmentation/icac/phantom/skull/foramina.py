"""Canals and foramina of one side, and the bone beside and across them."""

from __future__ import annotations

from icac.phantom.description.parameters import HeadParameters
from icac.phantom.description.shapes import Ellipsoid, Solid, Tube, mirrored
from icac.phantom.description.side_bones import SideBones
from icac.phantom.skull.piece import ORDINARY, PETROUS, SPONGY, Piece


def solids(side: SideBones, s: int) -> list[Piece]:
    """Return the bone between the petrous canal and the oval and spinous foramina, and the spine of the sphenoid."""
    pieces = []
    if side.bridge_mm:
        points = tuple(mirrored(p, s) for p in ((17, -2.5, -17), (25, -8.5, -18.5), (32, -13, -20)))
        radii = (0.8 * side.bridge_mm, side.bridge_mm, 1.1 * side.bridge_mm)
        pieces.append(Piece(Tube(points, radii), 1.5, SPONGY if side.bridge_spongy else ORDINARY))
    if side.spine_mm:
        points = (mirrored((31.5, -11.5, -21), s), mirrored((32.5, -13.0, -23 - side.spine_mm), s))
        pieces.append(Piece(Tube(points, (2.2, 0.9)), 1.0))
    return pieces


def bridges(side: SideBones, s: int) -> list[Piece]:
    """Return bone that crosses holes: the bridge from the petrous bone to the jugular tubercle."""
    if not side.jugular_spine_mm:
        return []
    points = (mirrored((28, -24.5, -28), s), mirrored((17, -34, -29), s))
    return [Piece(Tube(points, (side.jugular_spine_mm, side.jugular_spine_mm)), 0.8, PETROUS)]


def channels(side: SideBones, s: int) -> list[Solid]:
    """Return the canals and foramina of one side that carry nerves, veins or cerebrospinal fluid."""
    o, spinous, lacerum, j = (side.ovale_scale, side.spinosum_scale, side.lacerum_scale, side.jugular_scale)
    c = side.optic_canal_scale
    holes: list[Solid] = [
        Tube(((s * 7.5, 5, 6.5), (s * 11, 12, 4.2), (s * 16, 22, 2)), (2.4 * c, 2.3 * c, 2.6 * c)),  # optic canal
        Tube(((s * 13, 13, 0), (s * 22, 20, 0), (s * 30, 24, 4)), (2.4, 2.4, 1.6)),  # superior orbital fissure
        Tube(((s * 14, 6, -11), (s * 17, 20, -12)), (1.7, 1.7)),  # foramen rotundum
        Tube(((s * 22, -2, -14), (s * 23, -2, -28)), (3.2 * o, 3.0 * o)),  # foramen ovale
        Tube(((s * 29, -9, -16), (s * 30, -9, -26)), (1.2 * spinous, 1.2 * spinous)),  # foramen spinosum
        Tube(((s * 22, -27, -8.5), (s * 33, -29, -9.0)), (2.5, 2.0)),  # internal auditory canal
        Tube(((s * 20, -32, -22), (s * 27, -28, -40)), (4.2 * j, 4.5 * j)),  # jugular foramen
        Tube(((s * 12, -34, -36), (s * 20, -28, -40)), (2.0, 2.0)),  # hypoglossal canal
        Tube(((s * 13.5, -4, -20), (s * 12, -2, -26)), (3.2 * lacerum, 3.5 * lacerum)),  # foramen lacerum: cartilage
        Ellipsoid((s * 15.5, -9, -6.5), (3.2, 4.5, 2.6)),  # Meckel's cave
        Ellipsoid((s * 48, -9, -24.5), (8, 5, 1.6)),  # jaw joint
    ]
    if side.vesalius:
        holes.append(Tube(((s * 18.5, 2.5, -14), (s * 18.5, 3.0, -26)), (0.8, 0.8)))
    if side.dehiscence_mm:  # from the horizontal canal up to the dura
        holes.append(Tube(((s * 18, -10, -16), (s * 19, -9, -8)), (side.dehiscence_mm, side.dehiscence_mm)))
    return holes


def synchondroses(q: HeadParameters) -> list[Solid]:
    """Return the cartilage between sphenoid, occipital and petrous bones of the young."""
    gap = 0.5 * q.synchondrosis_mm
    if not gap:
        return []
    across = [Tube(((-11, y, z), (11, y, z)), (gap, gap)) for y, z in
              ((-8.5, -22), (-11, -19.5), (-13.5, -17), (-16, -14.5), (-18.5, -12))]
    beside = [Tube(((s * 12, -11, -19), (s * 14.5, -20, -23), (s * 19, -29, -29)), (gap, gap, 1.3 * gap))
              for s in (1, -1)]
    return [*across, *beside]


def air(side: SideBones, s: int) -> list[Solid]:
    """Return the bony auditory tube and the small air cells about the vertical canal."""
    spaces: list[Solid] = [Ellipsoid((s * x, y, z), (r, r, r)) for x, y, z, r in side.air_cells]
    if side.tube_air_mm:
        points = ((s * 38, -26, -17), (s * 33.5, -18.5, -19.5), (s * 30, -14, -21.5))
        spaces.append(Tube(points, (1.2 * side.tube_air_mm, side.tube_air_mm, 0.6 * side.tube_air_mm)))
    return spaces
