from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from icac.network import FcnConfig
from icac.reference.position import CHANNELS
from icac.training.patches.patch import PatchGeometry
from icac.training.patches.positions import case_positions, cut_positions, in_region
from icac.training.patches.stream import PatchDataset, ValidationCases
from icac.training.settings.config import Augmentation, Sampling, TrainingConfig
from icac.trainingset.cases import IcacIndex

SHAPE = (60, 110, 132)
TOLD = FcnConfig(width=1, position=True)


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    rng = np.random.default_rng(0)
    hu = rng.integers(0, 400, SHAPE).astype(np.int16)
    label = np.zeros(SHAPE, np.uint8)
    label[28:34, 50:60, 90:100] = 1
    path = tmp_path_factory.mktemp("positions") / "case.npz"
    np.savez(path, hu=hu, label=label * (hu >= 130))
    return path


def dataset(path: Path, network: FcnConfig = TOLD, within_region: bool = False, flip: float = 0.0) -> PatchDataset:
    config = replace(TrainingConfig(), sampling=Sampling(output_size=(22, 18, 12), within_region=within_region),
                     augmentation=Augmentation(flip=flip))
    geometry = PatchGeometry.for_output((12, 18, 22), network.geometry)
    return PatchDataset([path], IcacIndex.of([path]), config, geometry, network)


def test_the_network_gets_position_only_if_it_is_told(path):
    told, untold = dataset(path)[3], dataset(path, FcnConfig(width=1))[3]
    assert told["input"].shape[0] == 1 + len(CHANNELS) and untold["input"].shape[0] == 1
    assert np.array_equal(told["input"][:1], untold["input"])
    assert told["input"].is_contiguous()


def test_cut_positions_are_those_of_the_case():
    geometry = PatchGeometry.for_output((12, 18, 22), FcnConfig().geometry)
    start = (24, 44, 50)
    inside = tuple(slice(s - o, s - o + n) for s, o, n in zip(start, geometry.offset, geometry.input, strict=True))
    whole = case_positions(SHAPE)
    at = tuple(slice(max(0, s.start), s.stop) for s in inside)
    cut = cut_positions(SHAPE, geometry, start)
    before = [max(0, -s.start) for s in inside]
    part = whole[(slice(None), *at)]
    found = cut[(slice(None), *(slice(b, b + n) for b, n in zip(before, part.shape[1:], strict=True)))]
    np.testing.assert_array_equal(found, part.astype(np.float32))


def test_a_flipped_patch_has_flipped_positions(path):
    plain, flipped = dataset(path)[5]["input"], dataset(path, flip=1.0)[5]["input"]
    np.testing.assert_array_equal(flipped.numpy(), plain.numpy()[..., ::-1])


def test_within_the_region_nothing_far_from_the_courses_counts(path):
    everywhere, within = dataset(path)[2], dataset(path, within_region=True)[2]
    geometry = PatchGeometry.for_output((12, 18, 22), FcnConfig().geometry)
    near = geometry.under_output(in_region(within["input"][1:].numpy()))
    np.testing.assert_array_equal(within["mask"][0], everywhere["mask"][0].numpy() & near)
    assert not (within["truth"] & ~within["mask"]).any()


def test_validation_cases_are_told_position_too(path):
    cases = ValidationCases([path], IcacIndex.of([path]), TOLD, within_region=True)
    patch, truth, mask = cases[0]
    assert patch.shape[:2] == (1, 1 + len(CHANNELS))
    assert truth.shape == mask.shape and not (truth & ~mask).any()
