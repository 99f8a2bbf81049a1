from __future__ import annotations

import gc
import weakref

import pytest
import torch
from icac.network import FCN, FcnConfig
from icac.network.bortsova2017.memory import OVERHEAD
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten


class Peak(TorchDispatchMode):
    """Add up the storages that are alive after every operation; keep the largest sum, in bytes."""

    def __init__(self):
        super().__init__()
        self.alive, self.largest = {}, 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        out = function(*args, **(kwargs or {}))
        for tensor in tree_flatten(out)[0]:
            if isinstance(tensor, torch.Tensor):
                storage = tensor.untyped_storage()
                self.alive[storage.data_ptr()] = (weakref.ref(tensor), storage.nbytes())
        self.alive = {p: (ref, n) for p, (ref, n) in self.alive.items() if ref() is not None}
        self.largest = max(self.largest, sum(n for _, n in self.alive.values()))
        return out


@pytest.mark.parametrize("config", [FcnConfig(width=4), FcnConfig(width=8, residual=False, dropout="none")])
def test_estimate_is_near_the_real_peak_of_feature_maps(config):
    shape = (51, 129, 121)
    network = FCN(config).eval().requires_grad_(False)
    gc.collect()
    with torch.no_grad(), Peak() as peak:
        network(torch.zeros(1, 1, *shape))
    assert 0.95 < config.forward_bytes(shape) / OVERHEAD / peak.largest < 1.3


def test_estimate_grows_with_width_and_size():
    small = FcnConfig(width=8).forward_bytes((60, 120, 120))
    assert 1.9 * small < FcnConfig(width=16).forward_bytes((60, 120, 120)) < 2 * small
    assert FcnConfig(width=8).forward_bytes((90, 160, 160)) > 2 * small
