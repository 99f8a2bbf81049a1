from __future__ import annotations

import numpy as np
import pytest
import torch
from icac.errors import DeviceError
from icac.inference import Device, predict
from icac.inference.tiling import SMALLEST_TILE
from icac.network import FCN, FcnConfig

CPU = Device("cpu", "CPU")
GEOMETRY = FcnConfig().geometry
SHAPE = (63, 119, 103)  # not a multiple of anything


@pytest.fixture
def hu() -> np.ndarray:
    return np.random.default_rng(4).integers(-1000, 2000, SHAPE).astype(np.int16)


def test_result_is_the_sigmoid_of_the_network(hu, network, scaling):
    out = predict(hu, network, scaling, CPU, temperature=1.7)
    logits = network(torch.from_numpy(scaling.apply(hu))[None, None])[0, 0]
    assert out.dtype == np.float32
    assert out.shape == GEOMETRY.output_shape(SHAPE)
    assert np.allclose(out, torch.sigmoid(logits / 1.7).numpy(), atol=1e-5)
    assert out.std() > 0.01


def test_position_channels_reach_the_network_and_are_not_forgotten(hu, scaling):
    torch.manual_seed(3)
    told = FCN(FcnConfig(width=2, position=True)).eval()
    position = np.random.default_rng(0).normal(size=(5, *SHAPE)).astype(np.float32)
    out = predict(hu, told, scaling, CPU, position=position)
    channels = np.concatenate([scaling.apply(hu)[None], position])
    assert np.allclose(out, torch.sigmoid(told(torch.from_numpy(channels)[None])[0, 0]).detach().numpy(), atol=1e-5)
    assert np.allclose(predict(hu, told, scaling, CPU, position=position, tile=(8, 16, 16)), out, atol=1e-5)
    with pytest.raises(ValueError, match="needs position"):
        predict(hu, told, scaling, CPU)


def test_position_channels_are_refused_where_they_are_not_wanted(hu, network, scaling):
    with pytest.raises(ValueError, match="takes no position"):
        predict(hu, network, scaling, CPU, position=np.zeros((5, *SHAPE), np.float32))


@pytest.mark.parametrize(("tile", "overlap"), [
    ((8, 16, 16), (0, 0, 0)), ((10, 20, 12), (0, 0, 0)), ((16, 24, 16), (4, 8, 4)), ((14, 36, 20), (3, 5, 1))])
def test_tiles_give_what_one_pass_gives(hu, network, scaling, tile, overlap):
    done = []
    tiled = predict(hu, network, scaling, CPU, tile=tile, overlap=overlap, progress=done.append)
    assert np.allclose(tiled, predict(hu, network, scaling, CPU), atol=1e-5)
    assert len(done) > 1
    assert done == sorted(done)
    assert done[-1] == 1


def test_margins_around_a_box_make_its_output(network, scaling):
    rng = np.random.default_rng(1)
    scan = rng.integers(-1000, 2000, (60, 110, 112)).astype(np.float32)
    start, box = (20, 44, 43), (6, 12, 20)
    around = GEOMETRY.margins(box)
    part = scan[tuple(slice(s - b, s + n + a) for s, n, (b, a) in zip(start, box, around, strict=True))]
    out = predict(part, network, scaling, CPU)
    assert out.shape == box
    assert tuple(b for b, _ in around) == GEOMETRY.offset


def test_a_small_memory_budget_means_tiles(hu, network, scaling, caplog):
    caplog.set_level("INFO", "icac")
    done = []
    tiled = predict(hu, network, scaling, CPU, memory_bytes=20_000_000, progress=done.append)
    assert len(done) > 1
    assert "little memory is free: tiles of" in caplog.text
    assert np.allclose(tiled, predict(hu, network, scaling, CPU), atol=1e-5)


class Cramped(FCN):
    """A network that fails as torch does when an input has more than ``room`` voxels."""

    def forward(self, x, auxiliary=False):
        self.tried.append(x.numel())
        if x.numel() > self.room:
            raise self.error
        return super().forward(x, auxiliary)


ERRORS = [torch.cuda.OutOfMemoryError("CUDA out of memory."), MemoryError(),
          RuntimeError("[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: "
                       "you tried to allocate 99 bytes."), RuntimeError("MPS backend out of memory")]


def cramped(network: FCN, room: int, error: Exception) -> Cramped:
    small = Cramped(network.config).eval().requires_grad_(False)
    small.load_state_dict(network.state_dict())
    small.room, small.error, small.tried = room, error, []
    return small


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_full_memory_halves_the_tile_until_it_fits(hu, network, scaling, error):
    small = cramped(network, 550_000, error)
    out = predict(hu, small, scaling, CPU)
    assert np.allclose(out, predict(hu, network, scaling, CPU), atol=1e-5)
    assert small.tried[0] > small.room
    failed = [n for n in small.tried if n > small.room]
    assert failed == sorted(failed, reverse=True)
    assert len(small.tried) > len(failed) + 1


def test_overlap_shrinks_with_the_tile(hu, network, scaling):
    small = cramped(network, 550_000, MemoryError())
    out = predict(hu, small, scaling, CPU, overlap=(6, 16, 16))
    assert np.allclose(out, predict(hu, network, scaling, CPU), atol=1e-5)


def test_memory_too_small_for_the_smallest_tile_is_one_sentence(hu, network, scaling):
    small = cramped(network, 10, MemoryError())
    with pytest.raises(DeviceError, match="close other programs"):
        predict(hu, small, scaling, CPU)
    assert small.tried[-1] == np.prod(GEOMETRY.input_shape(SMALLEST_TILE))


def test_a_gpu_that_is_too_small_offers_the_cpu_and_never_takes_it():
    from icac.inference.predict import _smaller

    with pytest.raises(DeviceError, match=r"GPU Test 3000.*--device cpu"):
        _smaller(SMALLEST_TILE, GEOMETRY.grid, Device("mps", "GPU Test 3000"))


def test_other_errors_are_not_taken_for_full_memory(hu, network, scaling):
    small = cramped(network, 10, RuntimeError("shape mismatch"))
    with pytest.raises(RuntimeError, match="shape mismatch"):
        predict(hu, small, scaling, CPU)
    assert len(small.tried) == 1


def test_too_small_an_input_and_a_network_in_training_are_refused(network, scaling):
    with pytest.raises(ValueError, match="too small"):
        predict(np.zeros((30, 90, 90), np.int16), network, scaling, CPU)
    with pytest.raises(ValueError, match="eval"):
        predict(np.zeros((37, 85, 85), np.int16), network.train(), scaling, CPU)
