"""Skin, fat, muscle, brain, cerebrospinal fluid, eyes and dura of the parametric head."""

from __future__ import annotations

from icac.phantom.description.parameters import HeadParameters
from icac.phantom.description.shapes import Box, Ellipsoid, Ring, Solid, Tube


def envelope() -> list[Solid]:
    """Return the solids that, with the scalp, make up the outside of face, ears and neck."""
    return [
        Ellipsoid((0, 22, -36), (66, 58, 72)),
        Tube(((0, 74, -4), (0, 84, -28), (0, 78, -36)), (6, 10, 11)),
        Ellipsoid((0, 40, -90), (44, 42, 30)),
        Tube(((0, -28, -40), (0, -26, -100), (0, -30, -170)), (60, 56, 58)),
        *[Ellipsoid((s * 77, -32, -14), (5, 14, 26), yaw=s * 20) for s in (1, -1)],
    ]


def cisterns(q: HeadParameters) -> list[Solid]:
    """Return spaces filled with cerebrospinal fluid."""
    a = q.atrophy
    spaces: list[Solid] = [
        Ellipsoid((0, 0, 11), (14 + 3 * a, 10 + 2 * a, 6 + 1.5 * a)),  # suprasellar
        Tube(((0, -13, 6), (0, -26, -18), (0, -35, -40)), (5, 4, 4)),  # prepontine
        Ellipsoid((0, -2, 0.5), (6.5, 5.0, 3.0)),  # sella above the gland
        Tube(((0, -30, 12), (0, -46, 14)), (6, 6)),  # ambient and quadrigeminal
        Ellipsoid((0, -52, -14), (4 + 2 * a, 5 + 2 * a, 9)),  # fourth ventricle
        Tube(((0, -12, 22), (0, -22, 26)), (2 + 2 * a, 2 + 2 * a)),  # third ventricle
    ]
    for s in (1, -1):
        w = 4 + 4 * a
        spaces += [
            Tube(((s * 10, 18, 36), (s * 10, -10, 46), (s * 20, -42, 40), (s * 32, -30, 14)), (w, w, w, 0.6 * w)),
            Tube(((s * 12, 2, 12), (s * 30, 10, 14), (s * 44, 4, 22)), (2 + 2 * a, 2 + 2 * a, 3 + 2 * a)),  # Sylvian
            Ellipsoid((s * 22, -26, -10), (9, 5, 6)),  # cerebellopontine angle
        ]
    return spaces


def brainstem() -> list[Solid]:
    """Return midbrain, pons and medulla, which lie within the cisterns."""
    return [Tube(((0, -22, 12), (0, -33, -6), (0, -42, -26), (0, -46, -50)), (9, 13, 10, 7))]


def dural_tissue() -> list[tuple[Solid, float]]:
    """Return structures a little denser than brain: cavernous sinus, pituitary, falx, tentorium, venous sinuses."""
    tissue: list[tuple[Solid, float]] = [
        (Ellipsoid((0, -0.5, -1.5), (6.5, 5.0, 3.4)), 48.0),
        (Box((0, -20, 62), (0.8, 90, 42), 0.5), 55.0),
        (Tube(((0, -98, 0), (0, -92, 40), (0, -60, 84), (0, 0, 96)), (4, 4, 4, 3)), 58.0),
    ]
    for s in (1, -1):
        tissue += [(Ellipsoid((s * 11.0, 1.5, -2.0), (4.0, 11.0, 6.5)), 50.0),
                   (Tube(((s * 6, -94, 0), (s * 48, -66, -4), (s * 50, -48, -16)), (4, 4.5, 4.5)), 58.0)]
    return tissue


def eyes(q: HeadParameters) -> tuple[list[Solid], list[tuple[Solid, float]]]:
    """Return the fat of both orbits, and what lies in it with its HU."""
    fat: list[Solid] = []
    inside: list[tuple[Solid, float]] = []
    for s in (1, -1):
        fat.append(Tube(((s * 20, 22, -3), (s * 26, 36, -4), (s * 31, 54, -5)), (4, 14, 17)))
        inside += [
            (Ellipsoid((s * 31, 57, -5), (12, 12, 12)), 18.0),
            (Ellipsoid((s * 31, 66.5, -5), (4.5, 2.0, 4.5)), 80.0),
            (Tube(((s * 16, 22, 1), (s * 24, 36, -2), (s * 29, 46, -5)), (2.0, 2.2, 2.2)), 40.0),
            (Tube(((s * 15, 26, -4), (s * 18, 42, -5), (s * 20, 56, -5)), (2.0, 2.6, 1.4)), 50.0),
            (Tube(((s * 26, 24, -4), (s * 40, 40, -5), (s * 44, 54, -5)), (2.0, 2.6, 1.4)), 50.0),
        ]
    return fat, inside


def turbinates() -> list[Solid]:
    """Return the mucosa inside the nasal cavity."""
    return [Tube(((s * 5, 22, z), (s * 4.6, 58, z)), (1.9, 2.4)) for s in (1, -1) for z in (-38, -26)]


def tongue() -> list[Solid]:
    """Return the tongue and floor of the mouth, which displace air and fat."""
    return [Ellipsoid((0, 28, -68), (22, 28, 16)), Ring((0, 20, -60), 20, 20, 6)]
