"""The bundled network on a small piece of the reference head with plaques along the siphon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from icac.attribution.integrated_gradients import BASELINE_HU
from icac.attribution.lesion_score import LesionScore
from icac.calcium import is_calcium_dense
from icac.inference.trial import make_piece
from icac.models import ModelPackage, default_model
from icac.network import build_network
from icac.reference.position import refined

#: The part of the piece that is used: what the network sees from one cell of plaque and its surroundings.
OUTPUT = (4, 8, 8)


@dataclass(frozen=True)
class Piece:
    """What the network is shown: scaled CT, what it is compared with, dense voxels, position, and the lesion."""

    x: np.ndarray
    baseline: np.ndarray
    dense: np.ndarray
    position: np.ndarray
    lesion: np.ndarray
    package: ModelPackage

    def score(self, random_weights: bool = False) -> LesionScore:
        network = self.package.load_network()
        if random_weights:
            torch.manual_seed(1)
            network = build_network(self.package.spec.architecture).eval().requires_grad_(False)
        return LesionScore(network, self.package.spec.temperature, self.lesion, self.position)


@pytest.fixture(scope="session")
def piece() -> Piece:
    package = default_model()
    spec, geometry = package.spec, package.spec.architecture.geometry
    whole = make_piece(spec.architecture)
    shape = geometry.input_shape(OUTPUT)
    around = tuple(slice(s, s + n) for s, n in zip(_start(whole.hu, geometry), shape, strict=True))
    hu = whole.hu[around]
    answered = hu[tuple(slice(o, o + n) for o, n in zip(geometry.offset, OUTPUT, strict=True))]
    x = spec.intensity.apply(hu)
    baseline = np.broadcast_to(spec.intensity.apply(np.float32(BASELINE_HU)), x.shape).copy()
    return Piece(x, baseline, is_calcium_dense(hu), refined(whole.position, whole.hu.shape)[(slice(None), *around)],
                 answered == 400, package)


def _start(hu: np.ndarray, geometry) -> tuple[int, ...]:
    """Return where the part begins, on the grid, so that its output holds most of a plaque."""
    answered = hu[tuple(slice(o, o + n) for o, n in zip(geometry.offset, geometry.output_shape(hu.shape), strict=True))]
    starts = [np.arange(0, n - size + 1, step) for n, size, step in
              zip(answered.shape, OUTPUT, geometry.grid, strict=True)]
    return max(((z, y, x) for z in starts[0] for y in starts[1] for x in starts[2]),
               key=lambda s: np.count_nonzero(answered[tuple(slice(a, a + n) for a, n in
                                                             zip(s, OUTPUT, strict=True))] == 400))
