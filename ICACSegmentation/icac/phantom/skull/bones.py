"""Bones of the skull base, face and upper neck as solids, with the holes in them.

Positions in RAS mm about the centre of the sella; sources in docs/explanation/anatomy.md. Right-side coordinates
are mirrored for the left.
"""

from __future__ import annotations

import numpy as np

from icac.phantom.description.parameters import HeadParameters
from icac.phantom.description.shapes import Box, Ellipsoid, Ring, Solid, Tube, mirrored
from icac.phantom.skull import clinoids, foramina, styloid
from icac.phantom.skull.piece import CALVARIA, ORDINARY, PETROUS, SPONGY, TISSUES, Piece


def tissue_tables(q: HeadParameters) -> tuple[np.ndarray, np.ndarray]:
    """Return the thickness of the compact shell (mm) and the density of the core (HU) of each of ``TISSUES``.

    On real scans the sphenoid body, clivus, dorsum and clinoids have a shell of well under a millimetre around
    marrow that is hardly denser than calcium's 130 HU, while the petrous bone is compact nearly throughout.
    """
    shell = {ORDINARY: 1.0, SPONGY: q.spongy_shell, PETROUS: 1.3, CALVARIA: 1.3}
    core = {ORDINARY: 1.0, SPONGY: 0.75, PETROUS: 1.0, CALVARIA: 1.4}
    extra = {PETROUS: q.petrous_core_hu}
    return (np.array([shell[k] * q.cortex_mm for k in TISSUES], dtype=np.float32),
            np.array([core[k] * q.marrow_hu + extra.get(k, 0.0) for k in TISSUES], dtype=np.float32))


def _midline(q: HeadParameters) -> list[Piece]:
    """Sphenoid body, sella, dorsum, clivus, occipital bone, and what else crosses the midline."""
    top = q.dorsum_height_mm
    return [
        Piece(Box((0, 5.5, -14.5), (12.5, 13.5, 0.5 * (29 - 2 * 0.62 * q.sella_depth_mm)), 4), 1.5, SPONGY),
        Piece(Tube(((-7, 8.0, 0.5), (7, 8.0, 0.5)), (2.6, 2.6)), 2.0, SPONGY),
        Piece(Box((0, 16, 0.5), (12, 8, 3.8), 2), 1.5, SPONGY),
        Piece(Box((0, -7.6, 0.5 * (top - 9)), (8.6, 0.5 * q.dorsum_mm, 0.5 * (top + 9)), 1.4, pitch=-8), 1.0, SPONGY),
        Piece(Box((0, -19.5, -20.5), (11, 5.2, 18), 4, pitch=-29.5), 3, SPONGY),
        Piece(Box((0, -9, -15), (10.5, 6.5, 9), 3), 3, SPONGY),
        Piece(Ring((0, -47, -43), 17.5, 20, 4.5, pitch=-8), 3),
        Piece(Tube(((0, -66, -44), (0, -88, -22), (0, -96, 2)), (3.5, 4.5, 4)), 3),  # internal occipital crest
        Piece(Box((0, 47, 10), (1.8, 9, 7), 1.5), 1),  # crista galli
        Piece(Box((0, 40, -22), (0.9, 26, 22), 0.8), 0.5),  # vomer and nasal septum
        Piece(Box((0, 42, -46), (20, 24, 2.0), 1.5), 1),  # hard palate
        Piece(Ring((0, 38, -53), 23, 25, 5.0), 1),  # alveolar process
        Piece(Ring((0, 30, -82), 36, 36, 6.0, pitch=10), 1),  # mandible
        Piece(Tube(((0, 62, 8), (0, 70, -2), (0, 76, -12)), (5, 3.5, 2)), 2),  # glabella and nasal bones
        Piece(Ring((0, -42, -61), 19, 18, 4.8, pitch=-6), 1),  # atlas
        Piece(Tube(((0, -31, -53), (0, -33, -75)), (5.5, 8)), 1),  # dens and body of the axis
        Piece(Ring((0, -52, -80), 16, 18, 5, pitch=-6), 1),
        Piece(Tube(((0, -33, -82), (0, -34, -130)), (10, 11)), 1),
        Piece(Ring((0, -55, -98), 15, 20, 5, pitch=-6), 1),
    ]


def _lateral(q: HeadParameters, s: int) -> list[Piece]:
    """Bones of one side."""
    def m(x: float, y: float, z: float) -> tuple[float, float, float]:
        return mirrored((x, y, z), s)

    r = q.petrous_mm
    side = q.side(s)
    tubercle = side.tubercle_mm
    return [
        *clinoids.anterior(q, side, s),
        *clinoids.posterior(q, side, s),
        # petrous pyramid, mastoid and otic region
        Piece(Tube((m(11.5, -9.5, -14), m(21, -19, -14), m(34, -31, -14), m(52, -42, -15)),
                   (4.2, 0.8 * r, r, 1.3 * r)), 2.5, PETROUS),
        Piece(Tube((m(12, -11, -7), m(34, -32, -6), m(54, -44, -4)), (2.2, 3.4, 4.5)), 2.5, PETROUS),
        Piece(Ellipsoid(m(55, -46, -24), (11, 14, 20)), 3, PETROUS),
        Piece(Tube((m(27, -24, -22), m(29.5, -21.5, -29)), (7.5, 6.0)), 2, PETROUS),
        *styloid.solids(side, s),
        # middle fossa floor: greater wing, squama root, jaw joint
        Piece(Tube((m(12, 8, -16), m(24, 14, -17), m(38, 20, -12)), (4, 3, 3)), 2),
        Piece(Tube((m(24, -10, -20), m(40, -12, -21), m(57, -16, -20)), (2.5, 4, 4.5)), 2),
        Piece(Tube((m(58, -14, -22), m(64, 6, -25), m(55, 33, -24)), (3, 2.6, 3.4)), 1),
        Piece(Ellipsoid(m(49, -9, -31), (9, 4.5, 5)), 0.5),
        Piece(Box(m(49, -4, -58), (2.8, 13, 27), 2), 2),
        # occipital condyle and jugular tubercle
        Piece(Ellipsoid(m(19, -38, -47), (7, 11, 6), yaw=-s * 25), 2),
        Piece(Tube((m(13, -27, -32), m(17, -38, -38)), (4 + tubercle, 4.5 + tubercle)), 2),
        # pterygoid, orbit, zygoma, maxilla
        Piece(Box(m(12.5, 10, -36), (1.2, 5, 14), 1, yaw=-s * 20), 1),
        Piece(Box(m(18, 9, -36), (1.2, 6, 13), 1, yaw=-s * 35), 1),
        Piece(Tube((m(50, 27, 8), m(52, 40, 2), m(52, 43, -14), m(44, 48, -28)), (3.5, 3.2, 4, 5.5)), 2),
        Piece(Tube((m(14, 56, 8), m(32, 62, 10), m(48, 48, 6)), (3.5, 4, 4)), 2),  # supraorbital rim
        Piece(Tube((m(38, 18, -3), m(46, 28, -8)), (2.5, 3)), 2),  # lateral wall
        Piece(Box(m(13.6, 36, -6), (0.6, 20, 9), 0.5), 0.5),  # lamina papyracea
        Piece(Ellipsoid(m(26, 40, -32), (15.5, 18, 17)), 1),  # maxilla around its sinus
        Piece(Tube((m(16, 60, -20), m(14, 64, -6)), (3.5, 2.5)), 1),
        Piece(Tube((m(20, -42, -62), m(34, -44, -62)), (6, 5)), 1),
        Piece(Box(m(17, -36, -60), (6, 8, 6), 3), 1),
        *foramina.solids(side, s),
        *clinoids.middle(side, s),
    ]


def solids(q: HeadParameters) -> list[Piece]:
    """Return all bones but the calvaria and the floor of the fossae."""
    return _midline(q) + _lateral(q, +1) + _lateral(q, -1)


def bridges(q: HeadParameters) -> list[Piece]:
    """Return bone that crosses the soft channels."""
    return [piece for s in (1, -1) for piece in foramina.bridges(q.side(s), s)]


def air_spaces(q: HeadParameters) -> list[Solid]:
    """Return sinuses, nasal and pharyngeal air, and the ear canals, all of them holes in bone and soft tissue."""
    air = q.sphenoid_air
    spaces: list[Solid] = [
        Tube(((0, 18, -40), (0, 10, -46), (0, 4, -70), (0, 0, -130)), (8, 9, 7, 9)),
    ]
    for s in (1, -1):
        septum, side = q.sphenoid_septum_mm, q.side(s)
        clinoid_air, apex_air = side.air_share * q.clinoid_air, side.air_share * q.petrous_apex_air
        if air > 0.12:
            wide = 5.4 - 0.5 * s * septum
            spaces.append(Box((s * (0.6 + wide) + septum, 20 - 12.5 * air, -12.5 - 2 * (1 - air)),
                              (max(wide, 1.5), 13.0 * air, 8.6 * min(air, 1) ** 0.5), 4))
        if air > 0.85:  # lateral recess and posterior extension
            spaces.append(Ellipsoid((s * 14, 9, -15), (4 * air, 6, 4)))
            spaces.append(Ellipsoid((s * 4, -9, -15), (4, 5 * (air - 0.6) * 2, 5)))
        if clinoid_air > 0.15:
            spaces.append(Tube(((s * 14, 12, 6), (s * 13.4, 9, 6)), (2.6 * clinoid_air, 1.6 * clinoid_air)))
        spaces += [
            Ellipsoid((s * 25.5, 41, -31), (12.5, 15, 14.5)),
            Box((s * 5.2, 42, -26), (3.6, 26, 17), 3),
            Ellipsoid((s * 10, 66, 14), (8, 4, 7)),
            Tube(((s * 42, -29, -17), (s * 56, -27, -17), (s * 75, -25, -17)), (3.2, 3.2, 4)),
            Ellipsoid((s * 39.5, -27.5, -15), (4.5, 3, 5), yaw=s * 40),
        ]
        if apex_air > 0.2:
            spaces.append(Ellipsoid((s * 17, -16, -13), (4 * apex_air,) * 3))
        spaces += foramina.air(side, s)
    return spaces


def cellular_spaces(q: HeadParameters) -> list[tuple[Solid, float]]:
    """Return regions of bone that are honeycombed by air cells, with the share of air."""
    cells: list[tuple[Solid, float]] = []
    for s in (1, -1):
        cells.append((Ellipsoid((s * 54, -46, -23), (9.5, 12.5, 18)), q.mastoid_air))
        cells.append((Ellipsoid((s * 47, -37, -10), (10, 7, 6), yaw=s * 45), 0.8 * q.mastoid_air))
        cells.append((Box((s * 7.2, 38, -4), (6.2, 20, 9), 2), 0.93))  # ethmoid
    return cells


def soft_channels(q: HeadParameters) -> list[Solid]:
    """Return canals and foramina in bone that carry nerves, veins or cerebrospinal fluid."""
    channels = [hole for s in (1, -1) for hole in foramina.channels(q.side(s), s)]
    channels.append(Tube(((0, -48, -36), (0, -46, -60), (0, -52, -130)), (14, 12, 9)))  # foramen magnum, spinal canal
    return channels + foramina.synchondroses(q)


def otic_capsules(q: HeadParameters) -> list[Solid]:
    """Return the dense bone around both labyrinths."""
    return [Ellipsoid((s * 34.5, -31.5, -11), (8.5, 4.6, 5.5), yaw=s * 46) for s in (1, -1)]


def labyrinths(q: HeadParameters) -> list[Solid]:
    """Return the fluid of cochlea, vestibule and semicircular canals inside the otic capsules."""
    spaces: list[Solid] = []
    for s in (1, -1):
        spaces += [Ellipsoid((s * 32, -27, -12), (2.6, 2.4, 1.6)), Ellipsoid((s * 36.5, -31.5, -11), (1.6, 2.4, 1.6)),
                   Ring((s * 39.5, -35, -9.5), 3.0, 3.0, 0.6)]
    return spaces
