"""The network as a table: layers, receptive field, sizes, parameters and operations, by arithmetic alone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from icac.network.bortsova2017 import trace
from icac.network.bortsova2017.choices import FcnChoices
from icac.network.bortsova2017.layout import (
    POOLED,
    Block,
    Convolution,
    Merge,
    Pyramid,
    Stage,
    convolutions,
    heads,
    layout,
)
from icac.network.interface.geometry import Triple
from icac.network.interface.table import aligned, by

#: Input of the paper, (z, y, x): 178 x 178 x 98 voxels.
PAPER_INPUT: Triple = (98, 178, 178)


def count_parameters(config: FcnChoices, with_heads: bool = True) -> int:
    """Return the number of trained values: weights, biases, and scale and shift of batch normalisations."""
    main = sum(conv.parameters for stage in layout(config) for conv in convolutions(stage)) + 2 * config.outputs
    return main + sum(conv.parameters + 2 for _, conv in heads(config)) * with_heads


def count_macs(config: FcnChoices, shape: Triple = PAPER_INPUT) -> int:
    """Return the multiply-add operations of all convolutions of the main path for an input (z, y, x)."""
    sizes = _Sizes(shape, config.pyramid)
    return sum(sizes.voxels(name) * macs for name, macs in _macs_of_a_voxel(config))


@lru_cache(maxsize=8)
def _macs_of_a_voxel(config: FcnChoices) -> tuple[tuple[str, int], ...]:
    """Return the multiply-add operations of each convolution for one voxel of its output."""
    return tuple((conv.name, conv.parameters - conv.outputs - 2 * conv.inputs * conv.activated)
                 for stage in layout(config) for conv in convolutions(stage))


class _Sizes:
    """Feature map sizes by layer for one input."""

    def __init__(self, shape: Triple, pyramid: bool) -> None:
        self._maps = [trace.trace(n, axis, pyramid) for axis, n in enumerate(shape)]

    def xyz(self, name: str, attribute: str) -> str:
        return "x".join(str(getattr(maps[name], attribute)) for maps in reversed(self._maps))

    def voxels(self, name: str) -> int:
        z, y, x = (maps[name].size for maps in self._maps)
        return z * y * x


def _title(stage: Stage, conv: Convolution) -> str:
    if isinstance(stage, Merge):
        factor = "x".join(map(str, stage.factor[::-1]))
        return f"{stage.name}: up {factor}, concat {stage.skip}"
    if isinstance(stage, Pyramid):
        return f"{stage.name}: means over {', '.join(by(box, 'x') for box in POOLED)}, concat"
    return conv.name


def _dropout(stage: Stage, number: int, config: FcnChoices) -> str:
    if not isinstance(stage, Block) or not stage.dropout:
        return ""
    where = {"before_first": (0, "before"), "before_second": (1, "before"), "before_addition": (1, "after")}
    place, word = where[config.dropout]
    return f"{stage.dropout} {word}" if number == place else ""


def _rows(config: FcnChoices, shape: Triple) -> Iterator[tuple[str, ...]]:
    yield ("#", "layer", "features", "kernel", "stride", "jump", "field", "size", "dropout")
    sizes, count = _Sizes(shape, config.pyramid), 0
    for stage in layout(config):
        for number, conv in enumerate(convolutions(stage)):
            count += 1
            yield (str(count), _title(stage, conv), f"{conv.inputs}>{conv.outputs}",
                   "x".join(map(str, conv.kernel[::-1])), "x".join(map(str, conv.stride[::-1])),
                   sizes.xyz(conv.name, "jump"), sizes.xyz(conv.name, "field"), sizes.xyz(conv.name, "size"),
                   _dropout(stage, number, config))


def _headline(config: FcnChoices) -> str:
    kind = "Residual" if config.residual else "Plain"
    dropped = "" if config.dropped == "values" else f" of a whole {config.dropped.rstrip('s')}"
    extra = "six auxiliary heads" if config.deep_supervision else "no auxiliary heads"
    seen = "voxels dense enough to be calcium" if config.supervision == "calcium" else "all voxels"
    kind += " pyramid" * config.pyramid
    return f"{kind} FCN of width {config.width}, dropout {config.dropout}{dropped}, {extra}, trained on {seen}"


def describe(config: FcnChoices | None = None, shape: Triple = PAPER_INPUT) -> str:
    """Return a text that describes the network.

    Parameters
    ----------
    config : FcnChoices, optional
        The network; the default one if omitted.
    shape : tuple of int
        Input shape (z, y, x) for which sizes and operations are listed. The text gives all sizes as x, y, z.

    Raises
    ------
    ValueError
        If the input is smaller than the receptive field.

    """
    config = config or FcnChoices()
    geometry, macs = trace.geometry(config.pyramid), count_macs(config, shape)
    field, step = geometry.receptive_field, geometry.grid
    lines = [
        _headline(config),
        "All sizes are x, y, z. Batch normalisation and ReLU come before every convolution but the stem,",
        "batch normalisation before the sigmoid.",
        "", aligned(list(_rows(config, shape))), "",
        f"Receptive field  {by(field)}",
        f"Stride grid      {by(step)} (tiles at multiples of it equal the whole)",
        f"Output           {by(geometry.output_shape(shape))} of an input of {by(shape)}, "
        f"beginning on input voxel {by(geometry.offset)}",
        "Valid inputs     " + ", ".join(
            f"{axis}: {f} + {s} k (output {s} + {s} k)"
            for axis, f, s in zip("xyz", reversed(field), reversed(step), strict=True)),
        f"Parameters       {count_parameters(config, with_heads=False):,} "
        f"({count_parameters(config):,} with heads)",
        f"Operations       {macs / 1e9:.1f} G multiply-adds ({2 * macs / 1e9:.1f} GFLOP)",
    ]
    if config.deep_supervision:
        lines.append("Heads on         " + ", ".join(block for block, _ in heads(config)))
    return "\n".join(lines)
