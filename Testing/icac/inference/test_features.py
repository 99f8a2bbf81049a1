"""The features by which scans are told from usual ones: the same of both engines, and however the head is cut."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from icac.inference import load as module
from icac.inference import load_engine, predict_outputs
from icac.inference.features import FeatureCells
from icac.inference.tiling import Tile
from icac.models import ModelPackage
from icac.network import FCN, FcnConfig

from Testing.icac.network.small import tiny_package

CONFIG = FcnConfig(width=2, position=True, artery=True)
SHAPE = (47, 105, 97)

needs_openvino = pytest.mark.skipif(not module.importlib.util.find_spec("openvino"), reason="OpenVINO is not installed")


@pytest.fixture
def package(tmp_path) -> ModelPackage:
    torch.manual_seed(5)
    return tiny_package(tmp_path, FCN(CONFIG).eval())


@pytest.fixture
def given() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return CT numbers, position, and what counts of the output: more of one side than of the other."""
    rng = np.random.default_rng(6)
    counted = np.zeros(CONFIG.geometry.output_shape(SHAPE), dtype=bool)
    counted[2:, :, 3:] = True
    return (rng.integers(-1000, 2000, SHAPE).astype(np.int16), rng.normal(size=(5, *SHAPE)).astype(np.float32), counted)


def features_of(package, given, engine: str, **options) -> np.ndarray:
    hu, position, counted = given
    cells = FeatureCells(counted, CONFIG.geometry.grid)
    predict_outputs(load_engine(package, engine, "cpu"), hu, package.spec.intensity, position=position, features=cells,
                    **options)
    found = cells.pooled()
    assert found is not None
    return found


@pytest.mark.parametrize("engine", ["torch", pytest.param("openvino", marks=needs_openvino)])
def test_the_features_are_those_of_the_bottom_of_the_network_over_what_counts(engine, package, given):
    hu, position, counted = given
    network, kept = package.load_network(fold=False), []
    network.stages["B5"].register_forward_hook(lambda layer, x, made: kept.append(made[0].numpy()))
    channels = np.concatenate([package.spec.intensity.apply(hu)[None], position])
    with torch.inference_mode():
        network(torch.from_numpy(channels)[None])
    cells = three_cells(counted)
    before = [(n - c) // 2 for n, c in zip(kept[0].shape[1:], cells.shape, strict=True)]
    inner = kept[0][(slice(None), *(slice(b, b + c) for b, c in zip(before, cells.shape, strict=True)))][:, cells]
    expected = inner.mean(axis=1)
    assert expected.shape == (CONFIG.coarsest_features,) and expected.std() > 0.01
    assert features_of(package, given, engine) == pytest.approx(expected, abs=1e-4)


@needs_openvino
def test_features_alone_are_the_same(package, given):
    hu, position, _ = given
    engine, shown = load_engine(package, "openvino", "cpu"), package.spec.intensity.apply(hu)
    logits, features = engine.logits_and_features(shown, position)
    assert engine.features(shown, position) == pytest.approx(features, abs=1e-5)
    assert engine.logits(shown, position) == pytest.approx(logits, abs=1e-5), "and leave the network as it was"


def three_cells(counted: np.ndarray) -> np.ndarray:
    """Return which cells of the grid count, one by one."""
    a, b, c = CONFIG.geometry.grid
    return np.array([[[counted[z:z + a, y:y + b, x:x + c].mean() >= 0.5 for x in range(0, counted.shape[2], c)]
                      for y in range(0, counted.shape[1], b)] for z in range(0, counted.shape[0], a)])


def test_tiles_give_the_same_features(package, given):
    whole = features_of(package, given, "torch")
    assert features_of(package, given, "torch", tile=(4, 8, 8)) == pytest.approx(whole, abs=1e-5)


def test_without_features_nothing_is_pooled():
    cells = FeatureCells(np.ones((4, 8, 8), dtype=bool), (2, 4, 4))
    cells.put(Tile((0, 0, 0), (4, 8, 8)), None)
    assert cells.pooled() is None
    cells = FeatureCells(np.zeros((4, 8, 8), dtype=bool), (2, 4, 4))
    cells.put(Tile((0, 0, 0), (4, 8, 8)), np.ones((3, 2, 2, 2), np.float32))
    assert cells.pooled() is None
