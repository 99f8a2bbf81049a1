"""How much memory a pass of the network takes, and how much there is."""

from __future__ import annotations

from icac.inference.memory_limits import free_bytes
from icac.network.config import FcnConfig
from icac.network.geometry import trace
from icac.network.layout import Merge, Triple, convolutions, layout

#: Memory that is taken to be free where the system does not tell.
ASSUMED_BYTES = 4 * 2**30

#: Part of the free memory that a pass may plan with.
USABLE_PART = 0.5

#: Work space of convolutions and gaps between blocks, on top of the feature maps themselves.
OVERHEAD = 1.5


def forward_bytes(config: FcnConfig, shape: Triple) -> int:
    """Return about how many bytes a pass over an input of ``shape`` (z, y, x) takes at its peak, float32.

    A layer holds its input twice, as it is and normalised, and its output; besides, there are the input of its
    block, for the shortcut, and the features that later merges need. Folded networks take less.
    """
    maps = [trace(n, axis) for axis, n in enumerate(shape)]

    def voxels(name: str) -> int:
        z, y, x = (m[name].size for m in maps)
        return z * y * x

    stages = layout(config)
    waiting = {stage.skip: 0 for stage in stages if isinstance(stage, Merge)}
    size = shape[0] * shape[1] * shape[2]
    values = whole = config.inputs * size
    peak = 0
    for stage in stages:
        held, given = values, values
        if isinstance(stage, Merge):
            size = voxels(f"{stage.name} up")
            held += (stage.convolution.inputs - stage.convolution.outputs) * size  # up-sampled, not yet joined
            given = 0
        for conv in convolutions(stage):
            entering, leaving = conv.inputs * size, conv.outputs * voxels(conv.name)
            peak = max(peak, sum(waiting.values()) + held - given + 2 * entering + leaving)
            size, values, given = voxels(conv.name), leaving, 0
        if isinstance(stage, Merge):
            waiting.pop(stage.skip)
        elif stage.name in waiting:
            waiting[stage.name] = values
    return int(4 * OVERHEAD * (whole + peak))


def usable_bytes(device: str) -> int:
    """Return how many bytes a pass on ``device`` (``cpu``, ``cuda`` or ``mps``) may plan with."""
    if device == "cuda":
        import torch

        cached = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
        return int(USABLE_PART * (torch.cuda.mem_get_info()[0] + cached))
    free = free_bytes()
    return int(USABLE_PART * (ASSUMED_BYTES if free is None else free))
