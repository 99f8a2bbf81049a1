"""How much memory a pass of the network takes."""

from __future__ import annotations

from icac.network.bortsova2017.choices import FcnChoices
from icac.network.bortsova2017.layout import Merge, Pyramid, convolutions, layout
from icac.network.bortsova2017.trace import trace
from icac.network.interface.geometry import Triple

#: Work space of convolutions and gaps between blocks, on top of the feature maps themselves.
OVERHEAD = 1.5


def forward_bytes(config: FcnChoices, shape: Triple) -> int:
    """Return about how many bytes a pass over an input of ``shape`` (z, y, x) takes at its peak, float32.

    A layer holds its input twice, as it is and normalised, and its output; besides, there are the input of its
    block, for the shortcut, and the features that later merges need. Folded networks take less.
    """
    maps = [trace(n, axis, config.pyramid) for axis, n in enumerate(shape)]

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
        elif isinstance(stage, Pyramid):
            size = voxels(f"{stage.name} pooled")
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
