from __future__ import annotations

import numpy as np
import pytest
import torch
from icac.inference import Device, predict
from icac.inference.slabs import plan_slabs
from icac.network import FCN, FcnConfig
from icac.network_region import analysed_frame, with_margins
from icac.reference import load_reference
from icac.reference.position import coarse_positions, reference_positions

CONFIG = FcnConfig(width=2, position=True)
GEOMETRY = CONFIG.geometry


def operations(tiles) -> int:
    return sum(CONFIG.macs(GEOMETRY.input_shape(tile.shape)) for tile in tiles)


def test_slabs_hold_all_that_counts_on_the_stride_grid_with_fewer_operations():
    frame, counted = analysed_frame("carotid", load_reference().courses, GEOMETRY)
    tiles = plan_slabs(counted, CONFIG)
    covered = np.zeros(counted.shape, dtype=bool)
    for tile in tiles:
        assert all(n % step == 0 for n, step in zip((*tile.start, *tile.shape), (2, 4, 4) * 2, strict=True))
        covered[tile.output] = True
    assert covered[counted].all()
    assert len(tiles) == 2
    assert operations(tiles) < 0.97 * CONFIG.macs(GEOMETRY.input_shape(frame.shape))


def test_a_full_block_stays_whole():
    (tile,) = plan_slabs(np.ones((20, 24, 40), dtype=bool), CONFIG)
    assert (tile.start, tile.shape) == ((0, 0, 0), (20, 24, 40))


def test_parts_and_coarse_positions_give_what_one_pass_with_all_positions_gives(scaling):
    """An L-shaped region, in reference space so that its positions are real."""
    torch.manual_seed(3)
    network = FCN(CONFIG).eval().requires_grad_(False)
    frame, _ = analysed_frame("carotid", load_reference().courses, GEOMETRY)
    wide = with_margins(frame.crop((60, 40, 30), (24, 16, 12)), GEOMETRY)
    hu = np.random.default_rng(0).integers(-1000, 2000, wide.shape).astype(np.int16)
    counted = np.zeros(GEOMETRY.output_shape(wide.shape), dtype=bool)
    counted[:6, :8, :] = counted[6:, 4:9, 2:7] = True
    tiles = plan_slabs(counted, CONFIG)
    device = Device("cpu", "CPU")
    whole = predict(hu, network, scaling, device, position=reference_positions(wide))
    parts = predict(hu, network, scaling, device, position=coarse_positions(wide), parts=tiles)
    assert whole.std() > 0.001
    assert np.abs(parts - whole)[counted].max() < 1e-5


def test_coarse_positions_need_the_networks_voxels():
    frame, _ = analysed_frame("carotid", load_reference().courses, GEOMETRY)
    with pytest.raises(ValueError, match=r"0\.5 mm"):
        coarse_positions(type(frame).regular((1, 1, 1), (8, 8, 8)))
