"""What a training run consists of: data, network, loss and optimizer, placed on the devices."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from lightning.fabric import Fabric
from torch.utils.data import Dataset

from icac.errors import InputError
from icac.inference.allocator import keep_freed_memory
from icac.network import Architecture, build_network, read_architecture
from icac.network.interface.network import Network, in_layout
from icac.progress import Progress
from icac.splits import TRAIN, VALIDATION
from icac.training.optimization.ema import WeightAverage
from icac.training.optimization.losses import SegmentationLoss
from icac.training.optimization.optimizer import make_optimizer
from icac.training.optimization.overlap import NEGLIGIBLE
from icac.training.optimization.teacher import MeanTeacher
from icac.training.patches.patch import PatchGeometry
from icac.training.patches.stream import PatchDataset, ValidationCases
from icac.training.patches.two_views import TwoViews, WithTwoViews, shift_of_mirrored
from icac.training.patches.wrong_voxels import read_wrong_voxels
from icac.training.settings.config import TrainingConfig
from icac.trainingset.cases import IcacIndex
from icac.trainingset.drawn import NOTHING
from icac.trainingset.manifest import Manifest
from icac.trainingset.prepare import prepare_cases

#: Patches whose mean number of ICAC voxels smooths soft Dice.
_EPSILON_PATCHES = 32


class Run:
    """The parts of one training run.

    Parameters
    ----------
    config : TrainingConfig
    manifest : Manifest
    folder : Path
        Where checkpoints, curves and the model go.
    fabric : Fabric
        Launched.
    progress : Progress
    cache : Path, optional
        Where prepared scans lie; ``cases`` in ``folder`` if omitted.

    Raises
    ------
    InputError
        If a case cannot be read, no training case has ICAC, or there are cases of which nothing was drawn and no method
        to learn from them, or the other way round.

    """

    def __init__(self, config: TrainingConfig, manifest: Manifest, folder: Path, fabric: Fabric,
                 progress: Progress, cache: Path | None = None) -> None:
        keep_freed_memory()
        cache = cache or folder / "cases"
        self.config, self.manifest, self.folder, self.fabric = config, manifest, folder, fabric
        _check_unlabelled(config, manifest)
        network_config = network_of(config)
        with fabric.rank_zero_first():
            paths = prepare_cases(manifest.of_split(TRAIN), cache, progress)
            validation_paths = prepare_cases(manifest.of_split(VALIDATION), cache, progress)
        self.index = IcacIndex.of(paths)
        if not self.index.with_icac:
            raise InputError(f"{manifest.path}: no training case has ICAC; there is nothing to learn from.")
        patch = PatchGeometry.padded if config.sampling.padded else PatchGeometry.for_output
        geometry = patch(config.sampling.output_size[::-1], network_config.geometry)
        drawn, nothing = _by_label(manifest)
        self.dataset = PatchDataset(paths, self.index, config, geometry, network_config, self._wrong_voxels(), drawn)
        self.stream: Dataset = self.dataset
        if nothing:
            views = TwoViews(self.dataset.store, self.index, config, geometry, network_config, nothing)
            self.stream = WithTwoViews(self.dataset, views)
        self.validation = ValidationCases(validation_paths, self.index, network_config,
                                          config.sampling.within_region)
        per_step = config.sampling.batch * fabric.world_size
        self.steps_per_epoch = config.steps_per_epoch or max(1, len(drawn) // per_step)
        self.loss = SegmentationLoss(config.loss, self._epsilon())
        torch.manual_seed(config.seed)
        self.started_from: str | None = None
        self.network = in_layout(build_network(network_config), torch.channels_last_3d)
        if config.start_from is not None:
            self.started_from = start_from_model(self.network, config.start_from)
        elif config.prior is not None:
            self.network.start_at(config.prior)
        in_layout(self.network, torch.channels_last_3d)
        self.wrapped, self.optimizer = fabric.setup(self.network, make_optimizer(self.network, config))
        self.average = WeightAverage(self.network, config.ema) if config.ema else None
        self.teacher: MeanTeacher | None = None
        if nothing and self.average:
            other = in_layout(build_network(network_config), torch.channels_last_3d).to(fabric.device)
            self.teacher = MeanTeacher(other, self.average, config.sampling.padded, shift_of_mirrored(geometry))
        self.wrapped.train()

    @property
    def digest(self) -> str:
        """SHA-256 of settings and data, to refuse going on with others."""
        return hashlib.sha256((self.config.digest + self.manifest.sha256).encode()).hexdigest()

    def check_digest(self, found: str) -> None:
        """Raise InputError if a checkpoint belongs to other settings or data."""
        if found != self.digest:
            raise InputError(f"{self.folder}: the run in this folder was started with other settings or data; "
                             "use the same ones or another folder.")

    @contextmanager
    def averaged_weights(self) -> Iterator[None]:
        """Put the averaged weights, if any, into the network for a while."""
        if self.average is None:
            yield
            return
        own = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.network.load_state_dict(self.average.values)
        try:
            yield
        finally:
            self.network.load_state_dict(own)

    def _wrong_voxels(self) -> list[np.ndarray] | None:
        path = self.config.sampling.false_voxels
        cases = [case.name for case in self.manifest.of_split(TRAIN)]
        return read_wrong_voxels(Path(path), cases) if path else None

    def _epsilon(self) -> float:
        """Return what smooths the ratios of overlap, in voxels."""
        wanted = self.config.loss
        if wanted.dice_epsilon is not None:
            return max(wanted.dice_epsilon, NEGLIGIBLE)
        if wanted.smoothing == "negligible" or not (wanted.dice or wanted.jaccard or wanted.tversky):
            return NEGLIGIBLE
        return self.dataset.mean_icac_voxels(_EPSILON_PATCHES)


def _by_label(manifest: Manifest) -> tuple[list[int], list[int]]:
    """Return which training cases have a label, and of which nothing was drawn."""
    cases = list(enumerate(manifest.of_split(TRAIN)))
    return ([number for number, case in cases if case.drawn != NOTHING],
            [number for number, case in cases if case.drawn == NOTHING])


def _check_unlabelled(config: TrainingConfig, manifest: Manifest) -> None:
    """Raise InputError where cases of which nothing was drawn and the method to learn from them do not go together."""
    count, taught = len(_by_label(manifest)[1]), config.unlabelled.method != "none"
    if count and not taught:
        raise InputError(f"{manifest.path}: nothing was drawn on {count} of the training cases; learn from them with "
                         "unlabelled.method=mean_teacher, mark them by a model with 'icac study pseudo-label', or "
                         "leave them out.")
    if taught and not count:
        raise InputError(f"{manifest.path}: unlabelled.method is {config.unlabelled.method}, but there is no training "
                         "case with none in the column 'drawn' to learn from.")


def start_from_model(network: Network, name: str) -> str:
    """Give a network the weights of a trained model and return their SHA-256; see :meth:`Network.start_from`.

    Raises
    ------
    ModelError
        If there is no such model.
    InputError
        If it is another kind of network.

    """
    from icac.models import find_model

    package = find_model(name)
    try:
        network.start_from(package.load_network("cpu", fold=False))
    except ValueError as error:
        raise InputError(f"{package.folder}: the model to start from is {error}; set 'network' to the same "
                         "choices.") from error
    return package.spec.stored.sha256


def network_of(config: TrainingConfig) -> Architecture:
    """Return the network of a run: with the output of the carotids where the loss teaches it."""
    taught = config.loss.artery > 0
    try:
        wanted = read_architecture({"artery": taught, **config.network})
    except ValueError as error:
        raise InputError(f"The setting 'network' is wrong: {error}") from error
    if config.sampling.padded and not wanted.can_pad:
        raise InputError(f"Networks of the kind '{wanted.kind}' cannot be padded; set sampling.padded to false.")
    if wanted.artery != taught:
        raise InputError("A network has the output of the carotids, network.artery, where the weight of its loss, "
                         f"loss.artery, is above 0, but here they are {wanted.artery} and {config.loss.artery}.")
    return wanted
