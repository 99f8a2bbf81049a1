"""The mean over poses: what a network says of bone may hang on how the head lies on its grid.

Registration is right to about a millimetre and a degree. Moved and turned by no more, bone of a kind that a network has
never seen is ICAC in one pose and nothing in the next (in a real head 0.96 and 0.03), while calcified arteries stay
what they are. So what may become a lesion is seen in several poses, and the mean of the probabilities counts, as is
done with other changes of the input under the name of test-time augmentation (Wang et al. 2019, Neurocomputing 338:34).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import ndimage

from icac.course import OnCourse
from icac.geometry import Frame, Volume, covered_block, three
from icac.geometry.box import bounding_box, box_of, widen
from icac.geometry.rotations import rotation_matrix
from icac.inference import to_scan_grid
from icac.inference.tiling import Tile, fit_tile
from icac.lesions.components import TOUCHING
from icac.lesions.reported import counted_voxels
from icac.network.interface.architecture import Architecture

#: How far the other poses lie from the one that was found.
MOVED_MM, TURNED_DEGREES = 1.25, 1.5

#: Output (z, y, x) of the network around suspects: one size, so that the network is compiled once for it.
_TILE = (24, 32, 32)

#: Across the diagonal of the axes, along which no pose is moved.
_ACROSS = np.array([[2, -1, -1] / np.sqrt(6), [0, 1, -1] / np.sqrt(2)])


def other_poses(count: int, frame: Frame) -> list[np.ndarray]:
    """Return ``count`` - 1 rigid motions, 4 x 4, of a grid about its centre: evenly around the pose that was found.

    Parameters
    ----------
    count : int
        Of all poses.
    frame : Frame
        The grid, LPS mm.

    """
    center = frame.to_lps((np.asarray(frame.size) - 1) / 2)
    return [_motion(2 * np.pi * number / (count - 1), center) for number in range(count - 1)]


def _motion(angle: float, center: np.ndarray) -> np.ndarray:
    """Move along one direction across the diagonal, and turn about the one at a right angle to it."""
    along, about = (np.array([np.cos(a), np.sin(a)]) @ _ACROSS for a in (angle, angle + np.pi / 2))
    motion = np.eye(4)
    motion[:3, :3] = rotation_matrix(np.radians(TURNED_DEGREES) * about)
    motion[:3, 3] = center - motion[:3, :3] @ center + MOVED_MM * along
    return motion


def suspects(found: OnCourse, threshold: float, lesion_threshold: float, count: int) -> np.ndarray | None:
    """Return what can become a lesion in the mean over ``count`` poses, bool (z, y, x), with its rim; None if nothing.

    What is so little likely in the first pose that certainty in all others would not suffice is none.
    """
    least = max(threshold, count * lesion_threshold - (count - 1))
    mask = counted_voxels(found.probability, found.dense, threshold / 2, least)
    box = bounding_box(mask)
    if box is None:
        return None
    box = widen(box, 1, mask.shape)
    mask[box] = ndimage.binary_dilation(mask[box], TOUCHING)
    return mask


def tiles_around(mask: np.ndarray, parts: list[Tile], network: Architecture) -> list[Tile]:
    """Return tiles of one size that hold a mask, (z, y, x), or ``parts`` if these are less work.

    Networks of which neighbouring tiles must overlap are run on the parts: small tiles would be nearly all margin.
    """
    geometry = network.geometry
    if any(geometry.overlap):
        return parts
    tiles = _cover(mask.copy(), fit_tile(_TILE, three(mask.shape), geometry.grid), geometry.grid)
    one = network.macs(geometry.input_shape(tiles[0].shape))
    whole = sum(network.macs(geometry.input_shape(part.shape)) for part in parts)
    return tiles if one * len(tiles) < whole else parts


def _cover(rest: np.ndarray, shape: tuple[int, int, int], grid: tuple[int, int, int]) -> list[Tile]:
    """Return tiles of a shape on the grid that hold all of a mask, which is used up: from below, front and right."""
    tiles = []
    while rest.any():
        start = [0, 0, 0]
        for axis in range(3):  # the lowest plane, in its slab the foremost, and so on
            box = bounding_box(rest[_slab(start, shape, axis, rest.shape)])
            assert box is not None
            low = box[axis].start // grid[axis] * grid[axis]
            last = -(-(rest.shape[axis] - shape[axis]) // grid[axis]) * grid[axis]
            start[axis] = min(low, max(last, 0))
        tile = Tile(three(start), shape)
        rest[tile.output] = False
        tiles.append(tile)
    return tiles


def _slab(start: list[int], shape: tuple[int, int, int], axes: int, whole: tuple[int, ...]
          ) -> tuple[slice, slice, slice]:
    """Return the block of ``shape`` at ``start`` along the first ``axes`` axes, whole along the others."""
    return three(slice(start[a], start[a] + shape[a]) if a < axes else slice(0, whole[a]) for a in range(3))


def in_tiles(tiles: Sequence[Tile], shape: tuple[int, int, int]) -> np.ndarray:
    """Return which voxels, bool (z, y, x) of ``shape``, tiles hold."""
    mask = np.zeros(shape, bool)
    for tile in tiles:
        mask[tile.output] = True
    return mask


def see_again(probability: np.ndarray, found: OnCourse, frame: Frame, ct: Volume, reference_to_scan: np.ndarray,
              parts: list[Tile], network: Architecture, look: Callable[[np.ndarray, list[Tile]], OnCourse], *,
              poses: int, threshold: float, lesion_threshold: float) -> None:
    """Replace probabilities by their mean over poses where there may be a lesion; nothing is done with one pose.

    Parameters
    ----------
    probability, frame, ct, reference_to_scan
        As of :func:`take_mean`.
    found : OnCourse
        In the first pose.
    parts : list of Tile
        What was computed of it.
    network : Architecture
    look : callable
        As of :func:`take_mean`, and asked for tiles.
    poses : int
        How many.
    threshold, lesion_threshold : float
        Of :func:`icac.lesions.reported.counted_voxels`.

    """
    where = suspects(found, threshold, lesion_threshold, poses) if poses > 1 else None
    if where is None:
        return
    tiles = tiles_around(where, parts, network)
    take_mean(probability, where, frame, ct, reference_to_scan, poses, lambda motion: look(motion, tiles))


def take_mean(probability: np.ndarray, where: np.ndarray, frame: Frame, ct: Volume, reference_to_scan: np.ndarray,
              count: int, look: Callable[[np.ndarray], OnCourse]) -> None:
    """Replace probabilities by their mean over poses.

    Parameters
    ----------
    probability : numpy.ndarray
        Of the first pose, float32 (z, y, x) on the voxels of ``ct``; it is changed.
    where : numpy.ndarray of bool
        (z, y, x) voxels of the network's grid that are seen again.
    frame : Frame
        Of this grid, reference space.
    ct : Volume
        The scan; only its frame counts.
    reference_to_scan : numpy.ndarray
        4 x 4, LPS mm: the first pose.
    count : int
        Of all poses.
    look : callable
        Returns what is found in the pose ``reference_to_scan @ motion``, on the grid, for a 4 x 4 ``motion``.

    """
    box = bounding_box(where)
    assert box is not None
    start, size = covered_block(frame.part(box), ct.frame, reference_to_scan)
    if min(size) < 1:
        return
    part, block = box_of(start, size), Volume(probability[box_of(start, size)], ct.frame.crop(start, size))
    again = Volume(where.astype(np.uint8), frame).resample(block.frame, np.linalg.inv(reference_to_scan),
                                                           interpolation="nearest").array > 0
    total = block.array.copy()
    for motion in other_poses(count, frame):
        found = look(motion)
        total += to_scan_grid(Volume(found.probability, frame), found.dense, block, reference_to_scan @ motion)
    probability[part] = np.where(again, total / count, block.array)
