"""The training of a second look."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from icac.errors import InputError
from icac.models import ModelPackage
from icac.models.second_look import SecondLookWeights
from icac.models.spec import ModelSpec
from icac.network.straight.config import StraightConfig
from icac.network.straight.network import StraightNetwork
from icac.progress import Progress
from icac.training.optimization.ema import WeightAverage
from icac.training.optimization.losses import masked_cross_entropy
from icac.training.second_look.patches import Part, draw_part
from icac.training.second_look.straight_cases import StraightCase

#: Follows the version of the first network.
SEES_AGAIN = "-second-look"

#: Parts a step.
BATCH = 4

#: Highest learning rate, which falls to nothing along a cosine, and steps in which it climbs to that.
LEARNING_RATE, WARM_UP = 2e-3, 50

#: ICAC counts so many times as much as the rest; share of the loss of overlap, and voxels that smooth it.
POSITIVE_WEIGHT, OVERLAP, SMOOTH = 3.0, 0.5, 20.0

#: Share of the mean of the weights that is kept at each step.
KEPT = 0.99

#: How often what was learnt is handed out to be kept.
KEEP_EVERY_S = 300.0


@dataclass(frozen=True)
class SecondLookSettings:
    """How a second look is trained.

    Attributes
    ----------
    minutes : float
        How long.
    steps : int, optional
        So many steps instead.
    width : int
        Of the network, unless it goes on from another.
    seed : int

    Raises
    ------
    ValueError
        With a phrase, if the time is none, or the width none that is allowed.

    """

    minutes: float = 60.0
    steps: int | None = None
    width: int = 12
    seed: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.minutes < math.inf:
            raise ValueError(f"the minutes of a training must be more than 0, not {self.minutes:g}")
        StraightConfig(self.width)


def train_second_look(cases: Sequence[StraightCase], settings: SecondLookSettings, progress: Progress,
                      start_from: SecondLookWeights | None = None,
                      keep: Callable[[SecondLookWeights], object] | None = None) -> SecondLookWeights:
    """Train the network of a second look. Whoever interrupts it gets what was learnt by then.

    Parameters
    ----------
    cases : sequence of StraightCase
    settings : SecondLookSettings
    progress : Progress
    start_from : SecondLookWeights, optional
        Go on from these; from nothing to add if omitted.
    keep : callable, optional
        Called with what was learnt by then every :data:`KEEP_EVERY_S` seconds.

    Raises
    ------
    InputError
        If no case has ICAC.

    """
    if not any(case.icac.any() for case in cases):
        raise InputError("None of the cases has ICAC on a carotid that was found, so a second look cannot learn.")
    torch.manual_seed(settings.seed)
    rng = np.random.default_rng(settings.seed)
    network = StraightNetwork(start_from.config if start_from else StraightConfig(settings.width))
    if start_from:
        network.load_state_dict({name: torch.tensor(value) for name, value in start_from.load().items()})
    average = WeightAverage(network, KEPT)
    steps = _steps(network, average, lambda: [draw_part(cases, rng) for _ in range(BATCH)], settings, progress)
    kept = time.monotonic()
    try:
        for _ in steps:
            if keep and time.monotonic() - kept > KEEP_EVERY_S:
                keep(weights_of(network.config, average.values))
                kept = time.monotonic()
    except KeyboardInterrupt:
        if not average.updates:
            raise
    return weights_of(network.config, average.values)


def _steps(network: StraightNetwork, average: WeightAverage, draw: Callable[[], list[Part]],
           settings: SecondLookSettings, progress: Progress) -> Iterator[float]:
    """Take steps, and yield the loss of each, until the training is over."""
    optimizer, begin, losses = torch.optim.AdamW(network.parameters(), LEARNING_RATE), time.monotonic(), list[float]()
    while (share := _share(settings, begin, len(losses))) < 1 or not losses:
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * min(1, (len(losses) + 1) / WARM_UP) * (1 + np.cos(np.pi * min(share, 1))) / 2
        losses.append(_step(network, draw(), optimizer))
        average.update(network)
        progress.update("second look", min(share, 1.0), f"step {len(losses)}, loss {np.mean(losses[-50:]):.4f}")
        yield losses[-1]


def _share(settings: SecondLookSettings, begin: float, steps: int) -> float:
    """Return which share of the training is over."""
    return steps / settings.steps if settings.steps else (time.monotonic() - begin) / (60 * settings.minutes)


def weights_of(config: StraightConfig, state: dict[str, Tensor]) -> SecondLookWeights:
    """Return a ``state_dict`` as the weights of a package."""
    from safetensors.torch import save

    return SecondLookWeights(config, save({name: value.detach().cpu().contiguous() for name, value in state.items()}))


def with_second_look(package: ModelPackage, weights: SecondLookWeights, training_data: str) -> ModelSpec:
    """Return the specification of a model with a second look, whose thresholds are still those without it.

    Its version says that it sees again, as results without and with it are not those of one model.
    """
    version = package.spec.version if package.second_look else f"{package.spec.version}{SEES_AGAIN}"
    return replace(package.spec, version=version, second_look=weights.record(training_data))


def _step(network: StraightNetwork, parts: Sequence[Part], optimizer: torch.optim.Optimizer) -> float:
    """Take one step; return the loss."""
    network.train()
    shown = torch.from_numpy(np.stack([part.shown for part in parts]))
    with torch.autocast("cpu", torch.bfloat16):
        added = network(shown.contiguous(memory_format=torch.channels_last_3d)).float()
    logits = torch.cat([at_places(one, part.places) + torch.from_numpy(part.first)
                        for one, part in zip(added, parts, strict=True)])
    truth = torch.from_numpy(np.concatenate([part.icac for part in parts])).float()
    loss = masked_cross_entropy(logits, truth, torch.ones_like(truth), POSITIVE_WEIGHT)
    likely = torch.sigmoid(logits)
    loss = loss + OVERLAP * (1 - (2 * (likely * truth).sum() + SMOOTH) / (likely.sum() + truth.sum() + SMOOTH))
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())


def at_places(added: Tensor, places: np.ndarray) -> Tensor:
    """Return the values of ``added`` (1, section, outward, right angle) at places (n, 3), (n,), interpolated."""
    size = torch.tensor(added.shape[1:], dtype=torch.float32)
    where = 2 * torch.from_numpy(places) / (size - 1) - 1
    return functional.grid_sample(added[None], where.flip(1)[None, :, None, None], align_corners=True,
                                  padding_mode="border")[0, 0, :, 0, 0]
