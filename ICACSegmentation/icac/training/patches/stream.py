"""The stream of training patches, and the validation cases cut to the region of the arteries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from icac.geometry import three
from icac.network import Architecture
from icac.training.patches.augment import augment
from icac.training.patches.patch import ARTERY, PatchGeometry, PatchSampler, cut_patch, truth_and_mask
from icac.training.patches.shown import Shown
from icac.training.settings.config import Augmentation, TrainingConfig
from icac.trainingset.cases import CaseStore, IcacIndex, read_case
from icac.trainingset.drawn import UNKNOWN

#: Voxels by which the region of the arteries is wider than all ICAC of the training cases (6 mm).
_REGION_MARGIN = 12


class PatchDataset(Dataset):
    """Training patches by number; the same number always gives the same patch.

    Parameters
    ----------
    paths : sequence of Path
        ``.npz`` of every training case.
    index : IcacIndex
        Where ICAC lies in them.
    config : TrainingConfig
    geometry : PatchGeometry
    network : Architecture
        Says which voxels the loss counts and whether position channels are wanted.
    wrong_voxels : sequence of numpy.ndarray, optional
        Of every case, see :class:`icac.training.patches.patch.PatchSampler`.
    cases : sequence of int, optional
        Of which cases patches are taken: those with a label; of all if omitted.

    Attributes
    ----------
    store : CaseStore
        All of them, kept in memory as far as there is room.

    """

    def __init__(self, paths: Sequence[Path], index: IcacIndex, config: TrainingConfig, geometry: PatchGeometry,
                 network: Architecture, wrong_voxels: Sequence[np.ndarray] | None = None,
                 cases: Sequence[int] | None = None) -> None:
        self.store = CaseStore(paths, config.cache_gb * 1e9)
        self._sampler = PatchSampler(index, config.sampling, geometry, config.seed, wrong_voxels, cases)
        self._shown = Shown(geometry, network, config.sampling.within_region)
        self._augmentation: Augmentation = config.augmentation
        self._seed = config.seed
        self._geometry = geometry
        self._all_voxels = network.supervision == "all"

    def __getitem__(self, number: int) -> dict[str, Tensor]:
        """Return ``input`` float32 (c, z, y, x), and what it should give, bool with a channel, of the output size.

        ``truth`` and ``mask`` are ICAC and the voxels that count for it, ``artery`` and ``artery_mask`` the inside of
        the carotids and the voxels that count for that: none if the case does not know.
        """
        rng = np.random.default_rng((self._seed, 2, number))
        case_index = self._sampler.case_of(number)
        case = self.store[case_index]
        start = self._sampler.output_start(case_index, case.hu, rng)
        original, truth = cut_patch(case, self._geometry, start)
        hu, moved, truth, flipped = augment(original, truth, self._augmentation, rng)
        under = self._geometry.under_output
        icac, mask = truth_and_mask(under(hu), under(moved), under(truth), self._all_voxels)
        known = under(truth) != UNKNOWN
        positions, counts = self._shown.place(case.hu.shape, start, flipped)
        mask &= counts
        outputs = {"truth": icac & mask, "mask": mask,
                   "artery": known & (under(truth) >= ARTERY),
                   "artery_mask": known & counts & (case.artery is not None)}
        return {"input": self._shown.input(hu, positions),
                **{name: torch.from_numpy(np.ascontiguousarray(values))[None] for name, values in outputs.items()}}

    def mean_icac_voxels(self, patches: int) -> float:
        """Return the mean number of ICAC voxels in the first ``patches`` patches, at least 1."""
        return max(1.0, float(np.mean([self[number]["truth"].sum().item() for number in range(patches)])))


class NumberSampler:
    """The patch numbers of one process, from the first step that is still to be done, without end."""

    def __init__(self, first_step: int, batch: int, rank: int, world: int) -> None:
        self._first_step, self._batch, self._rank, self._world = first_step, batch, rank, world

    def __iter__(self) -> Iterator[list[int]]:
        step = self._first_step
        while True:
            first = (step * self._world + self._rank) * self._batch
            yield list(range(first, first + self._batch))
            step += 1


def patch_loader(dataset: Dataset, sampler: NumberSampler, workers: int) -> DataLoader:
    """Return an endless loader of batches; with ``workers`` the next ones are prepared while the network trains."""
    return DataLoader(dataset, batch_sampler=sampler, num_workers=workers, pin_memory=torch.cuda.is_available(),
                      prefetch_factor=2 if workers else None)


class ValidationCases:
    """Validation cases, each cut to one patch that holds the course of both arteries.

    Parameters
    ----------
    paths : sequence of Path
    index : IcacIndex
        ICAC of the *training* cases, which decides the region.
    network : Architecture
    within_region : bool
        Only voxels near the reference's carotid courses count.

    """

    def __init__(self, paths: Sequence[Path], index: IcacIndex, network: Architecture, within_region: bool) -> None:
        self._paths = list(paths)
        low, high = index.box(_REGION_MARGIN)
        self._low = low
        self.geometry = PatchGeometry.for_output(three(int(n) for n in high - low + 1), network.geometry)
        self._shown = Shown(self.geometry, network, within_region)

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, number: int) -> tuple[Tensor, np.ndarray, np.ndarray]:
        """Return the input (1, c, z, y, x), and truth and mask of dense voxels, bool (z, y, x) of the output."""
        case = read_case(self._paths[number])
        start = three(int(v) for v in np.asarray(case.hu.shape) // 2 + self._low)
        hu, truth = cut_patch(case, self.geometry, start)
        under = self.geometry.under_output
        icac, mask = truth_and_mask(under(hu), under(hu), under(truth), all_voxels=False)
        positions, counts = self._shown.place(case.hu.shape, start, flipped=False)
        mask &= counts
        return self._shown.input(hu, positions)[None], icac & mask, mask
