"""Training patches: where they lie, and cutting the input of the network and the truth under its output.

An input patch predicts a smaller output block in its middle, unless the network is padded. All sizes and positions here
are (z, y, x).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from icac.calcium import is_calcium_dense
from icac.errors import InputError
from icac.geometry import three
from icac.network import Geometry
from icac.training.settings.config import Sampling
from icac.trainingset.cases import CaseArrays, IcacIndex
from icac.trainingset.drawn import UNKNOWN

#: Added to the truth within an artery, whether it is calcified there or not.
ARTERY = 2

#: Voxels (z, y, x) next to the border of a padded patch that do not count.
_PADDED_BORDER = (3, 8, 8)

#: How often a random voxel is drawn before giving up on finding a dense one.
_DENSE_TRIES = 200


@dataclass(frozen=True)
class PatchGeometry:
    """Sizes of a patch.

    Attributes
    ----------
    output : tuple of int
        (z, y, x) voxels predicted.
    input : tuple of int
        (z, y, x) voxels seen.
    offset : tuple of int
        (z, y, x) position of the first output voxel in the input patch.
    border : tuple of int
        (z, y, x) voxels at each end of the output that do not count.

    """

    output: tuple[int, int, int]
    input: tuple[int, int, int]
    offset: tuple[int, int, int]
    border: tuple[int, int, int] = (0, 0, 0)

    @classmethod
    def for_output(cls, size: tuple[int, int, int], network: Geometry) -> PatchGeometry:
        """Return the sizes that predict at least ``size`` (z, y, x): the next without wasted input."""
        seen = network.input_shape(size)
        return cls(network.output_shape(seen), seen, network.offset)

    @classmethod
    def padded(cls, size: tuple[int, int, int], network: Geometry) -> PatchGeometry:
        """Return the sizes for a padded network: all of at least ``size`` (z, y, x) is predicted, most of it counts.

        Zeros beyond the border reach a voxel from as far as the receptive field does, but weakly: what lies within a
        few voxels of it is left out.

        Raises
        ------
        InputError
            If nothing is left.

        """
        whole = three(-(-n // step) * step for n, step in zip(size, network.grid, strict=True))
        if any(n <= 2 * b for n, b in zip(whole, _PADDED_BORDER, strict=True)):
            least = " x ".join(str(2 * b + 1) for b in reversed(_PADDED_BORDER))
            raise InputError(f"Padded patches of {' x '.join(map(str, size[::-1]))} voxels are all border: "
                             f"sampling.output_size must be at least {least}.")
        return cls(whole, whole, (0, 0, 0), _PADDED_BORDER)

    def inner(self) -> np.ndarray:
        """Return which voxels of the output count, bool (z, y, x)."""
        inside = np.zeros(self.output, bool)
        inside[tuple(slice(b, n - b) for b, n in zip(self.border, self.output, strict=True))] = True
        return inside

    def starts_inside(self, shape: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Return the first and last output start (z, y, x) with the input inside ``shape``; the middle if too small."""
        first = np.asarray(self.offset)
        last = np.asarray(shape) - self.input + first
        middle = (np.asarray(shape) - self.output) // 2
        fits = last >= first
        return np.where(fits, first, middle), np.where(fits, last, middle)

    def under_output(self, array: np.ndarray) -> np.ndarray:
        """Crop an array of the input patch to the voxels that the network predicts."""
        return array[tuple(slice(o, o + n) for o, n in zip(self.offset, self.output, strict=True))]


def cut(array: np.ndarray, start: tuple[int, int, int], size: tuple[int, int, int],
        outside: int | None = None) -> np.ndarray:
    """Copy the block at ``start`` (may be negative) of ``size``; outside, ``outside`` or the nearest voxel's value."""
    blocks, padding = [], []
    for first, count, length in zip(start, size, array.shape, strict=True):
        inner_first, inner_last = np.clip([first, first + count], 0, length)
        inner_first = min(inner_first, length - 1)
        inner_last = max(inner_last, inner_first + 1)
        blocks.append(slice(inner_first, inner_last))
        padding.append((max(0, inner_first - first), max(0, first + count - inner_last)))
    block = array[tuple(blocks)]
    how = {"mode": "edge"} if outside is None else {"constant_values": outside}
    padded = np.pad(block, padding, **how)
    # A block wholly outside keeps one border voxel for the padding to repeat: cut it back to size.
    return padded[tuple(slice(0, count) if first < 0 else slice(padded.shape[axis] - count, None)
                        for axis, (first, count) in enumerate(zip(start, size, strict=True)))].copy()


def cut_patch(case: CaseArrays, geometry: PatchGeometry, output_start: tuple[int, int, int]
              ) -> tuple[np.ndarray, np.ndarray]:
    """Cut HU (float32, nearest voxel outside the case) and truth (`UNKNOWN` outside), both of the input size.

    The truth has 1 added for ICAC and `ARTERY` within an artery, if the case knows.

    Parameters
    ----------
    case : CaseArrays
    geometry : PatchGeometry
    output_start : tuple of int
        (z, y, x) voxel of the case that is the first to be predicted.

    """
    start = three(int(s) - o for s, o in zip(output_start, geometry.offset, strict=True))
    hu = cut(case.hu, start, geometry.input).astype(np.float32)
    truth = cut(case.label, start, geometry.input, outside=UNKNOWN)
    if case.artery is not None:
        truth[(cut(case.artery, start, geometry.input, outside=0) > 0) & (truth != UNKNOWN)] += ARTERY
    return hu, truth


class PatchSampler:
    """Decides from a patch number alone which case it is cut from and where, so that a run can stop and go on.

    Cases come in a new random order every epoch. A set share of the patches lies around ICAC of the case, a share
    where another case has ICAC (bone along the course of the arteries), the rest around any dense voxel. Where an
    earlier model was wrong in the case, a share of them lies there instead.

    Parameters
    ----------
    index : IcacIndex
        Where ICAC lies in the training cases.
    sampling : Sampling
    geometry : PatchGeometry
    seed : int
    wrong_voxels : sequence of numpy.ndarray, optional
        For each case (n, 3): voxels at which an earlier model was wrong, as those of ``index``.
    cases : sequence of int, optional
        Of which cases of ``index`` patches are taken; of all if omitted. Where ICAC lies in others is still a place to
        look.

    """

    def __init__(self, index: IcacIndex, sampling: Sampling, geometry: PatchGeometry, seed: int,
                 wrong_voxels: Sequence[np.ndarray] | None = None, cases: Sequence[int] | None = None) -> None:
        self._cases = range(len(index.voxels)) if cases is None else cases
        self._index = index
        self._sampling = sampling
        self._geometry = geometry
        self._seed = seed
        self._donors = index.with_icac
        self._clean = sorted(set(self._cases) - set(self._donors))
        self._wrong = wrong_voxels or [np.zeros((0, 3), np.int16)] * len(index.voxels)

    def case_of(self, number: int) -> int:
        """Return the index of the case that patch ``number`` is cut from."""
        every = self._sampling.clean_every
        if not every or not self._clean:
            return self._drawn(1, self._cases, number)
        turn, place = divmod(number, every)
        if place == 0:
            return self._drawn(3, self._clean, turn)
        return self._drawn(1, self._cases, turn * (every - 1) + place - 1)

    def _drawn(self, stream: int, cases: Sequence[int], number: int) -> int:
        """Return the ``number``-th of cases that come in a new order each time all have come."""
        order = np.random.default_rng((self._seed, stream, number // len(cases))).permutation(len(cases))
        return cases[int(order[number % len(cases)])]

    def output_start(self, case_index: int, hu: np.ndarray, rng: np.random.Generator) -> tuple[int, int, int]:
        """Choose the (z, y, x) voxel of the case with CT numbers ``hu`` at which the output block starts."""
        aim = self._aim(case_index, hu, rng)
        within = (0.5 + self._sampling.jitter * rng.uniform(-1, 1, 3)) * self._geometry.output
        # Keep the input inside the case where the block can still hold the voxel that is aimed at.
        start = np.clip(aim - within.astype(int), *self._geometry.starts_inside(hu.shape))
        return three(int(v) for v in np.clip(start, aim - self._geometry.output + 1, aim))

    def _aim(self, case_index: int, hu: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        own, wrong = self._index.voxels[case_index], self._wrong[case_index]
        center = np.asarray(hu.shape) // 2
        if len(wrong) and rng.random() < self._sampling.false_share:
            return center + wrong[rng.integers(len(wrong))]
        choice = rng.random()
        if choice < self._sampling.icac_share and len(own):
            return center + own[rng.integers(len(own))]
        if choice < self._sampling.icac_share + self._sampling.course_share and self._donors:
            donor = self._index.voxels[self._donors[rng.integers(len(self._donors))]]
            return center + donor[rng.integers(len(donor))]
        inner_first, inner_last = self._geometry.starts_inside(hu.shape)
        inner_last = inner_last + np.asarray(self._geometry.output)
        for _ in range(_DENSE_TRIES):
            voxel = rng.integers(inner_first, inner_last)
            if is_calcium_dense(hu[tuple(voxel)]):
                break
        return voxel


def truth_and_mask(hu: np.ndarray, original_hu: np.ndarray, truth: np.ndarray, all_voxels: bool
                   ) -> tuple[np.ndarray, np.ndarray]:
    """Return ICAC and the voxels that count, for CT numbers that augmentation may have changed.

    A voxel that became dense by the change is ICAC if it touches ICAC (the edge of the same plaque), else not.
    Voxels below 130 HU never are.

    Parameters
    ----------
    hu, original_hu, truth : numpy.ndarray
        Same shape (z, y, x): changed and original HU; truth as of :func:`cut_patch`.
    all_voxels : bool
        Voxels that are not dense count too.

    Returns
    -------
    icac, mask : numpy.ndarray of bool
        ``mask`` is the (dense) voxels whose truth is known.

    """
    dense = is_calcium_dense(hu)
    icac = (truth != UNKNOWN) & (truth % ARTERY == 1)
    touching = icac.copy()
    for axis in range(3):
        forward = [slice(None)] * 3
        backward = [slice(None)] * 3
        forward[axis], backward[axis] = slice(1, None), slice(None, -1)
        touching[tuple(forward)] |= icac[tuple(backward)]
        touching[tuple(backward)] |= icac[tuple(forward)]
    grown = touching & ~is_calcium_dense(original_hu)
    known = truth != UNKNOWN
    return (icac | grown) & dense, known if all_voxels else dense & known
