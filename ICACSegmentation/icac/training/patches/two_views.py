"""Patches of cases of which nothing was drawn, seen twice: a network should say the same of both views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from icac.calcium import is_calcium_dense
from icac.network import Architecture
from icac.training.patches.augment import change, move
from icac.training.patches.patch import PatchGeometry, PatchSampler, cut_patch
from icac.training.patches.shown import Shown
from icac.training.settings.config import TrainingConfig
from icac.trainingset.cases import CaseStore, IcacIndex
from icac.trainingset.drawn import UNKNOWN


class TwoViews(Dataset):
    """Two views of patches by number; the same number always gives the same patch and the same views.

    Both are turned alike; tissue, slices, kernel and noise are changed by chance in each, and the second may be
    mirrored. Patches lie as those of labelled cases without ICAC do: where others have ICAC, or on any dense voxel.

    Parameters
    ----------
    store : CaseStore
        Every training case.
    index : IcacIndex
        Where ICAC lies in them.
    config : TrainingConfig
    geometry : PatchGeometry
    network : Architecture
    cases : sequence of int
        Of which of them nothing was drawn.

    """

    def __init__(self, store: CaseStore, index: IcacIndex, config: TrainingConfig, geometry: PatchGeometry,
                 network: Architecture, cases: Sequence[int]) -> None:
        self._store = store
        self._sampler = PatchSampler(index, config.sampling, geometry, config.seed, cases=cases)
        self._shown = Shown(geometry, network, config.sampling.within_region)
        self._config, self._geometry = config, geometry
        self._all_voxels = network.supervision == "all"

    def __getitem__(self, number: int) -> dict[str, Tensor]:
        """Return ``view`` and ``other_view``, float32 (c, z, y, x); ``mirrored``, bool, whether left and right are
        swapped in the second; and ``agree``, bool with a channel, of the output size: the voxels of the first view of
        which both speak, and that count.
        """
        settings, rng = self._config.augmentation, np.random.default_rng((self._config.seed, 5, number))
        case_index = self._sampler.case_of(number)
        case = self._store[case_index]
        start = self._sampler.output_start(case_index, case.hu, rng)
        hu, truth = cut_patch(replace(case, label=np.zeros_like(case.label)), self._geometry, start)
        hu, truth, flipped = move(hu, truth, settings, rng)
        mirrored = bool(rng.random() < settings.flip)
        views = [change(hu, settings, rng) for _ in range(2)]
        positions, agree = self._shown.place(case.hu.shape, start, flipped)
        agree &= self._geometry.under_output(truth) != UNKNOWN
        if not self._all_voxels:
            for view in views:
                agree &= is_calcium_dense(self._geometry.under_output(view))
        first, second = (self._shown.input(view, positions) for view in views)
        if mirrored:
            second, agree = second.flip(-1), agree & seen_mirrored(self._geometry)
        return {"view": first, "other_view": second, "mirrored": torch.tensor(mirrored),
                "agree": torch.from_numpy(np.ascontiguousarray(agree))[None]}


def shift_of_mirrored(geometry: PatchGeometry) -> int:
    """Return how many voxels further right an output lies that was mirrored, run and mirrored back.

    Networks of valid convolutions may need one voxel more context on one side than on the other.
    """
    return geometry.input[2] - geometry.output[2] - 2 * geometry.offset[2]


def seen_mirrored(geometry: PatchGeometry) -> np.ndarray:
    """Return which columns (x,) of an output the mirrored view has, too."""
    column = np.arange(geometry.output[2]) - shift_of_mirrored(geometry)
    return (column >= 0) & (column < geometry.output[2])


class WithTwoViews(Dataset):
    """Patches of labelled cases, each with the two views of a patch of a case of which nothing was drawn."""

    def __init__(self, labelled: Dataset, views: TwoViews) -> None:
        self._labelled, self._views = labelled, views

    def __getitem__(self, number: int) -> dict[str, Tensor]:
        """Return what both have under ``number``."""
        return {**self._labelled[number], **self._views[number]}
