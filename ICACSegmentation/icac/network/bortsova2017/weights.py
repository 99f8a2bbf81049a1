"""Which weights a network has, by arithmetic alone: names and shapes as torch has them, without torch."""

from __future__ import annotations

from collections.abc import Iterator

from icac.network.bortsova2017.choices import FcnChoices
from icac.network.bortsova2017.layout import CLASSIFIER, Block, Convolution, Merge, Pyramid, Stage, heads, layout
from icac.network.interface.architecture import COUNTER

Shape = tuple[int, ...]

#: The numbers of a batch normalisation that have a value for each feature.
_NORM = ("weight", "bias", "running_mean", "running_var")


def weight_shapes(config: FcnChoices) -> dict[str, Shape]:
    """Return the shape of every entry of the ``state_dict`` of an :class:`icac.network.FCN`, by its name."""
    entries = dict(entry for stage in layout(config) for entry in _of_stage(f"stages.{stage.name}", stage))
    return entries | dict(entry for block, conv in heads(config) for entry in _classifier(f"heads.{block}", conv))


def _of_stage(name: str, stage: Stage) -> Iterator[tuple[str, Shape]]:
    if isinstance(stage, Block):
        for part, conv in zip(("first", "second"), stage.convolutions, strict=True):
            yield from _activated(f"{name}.{part}", conv)
    elif isinstance(stage, Merge | Pyramid):
        yield from _activated(f"{name}.mix", stage.convolution)
    elif not stage.activated:
        yield from _convolution(name, stage)
    else:
        yield from _classifier(name, stage) if stage.name == CLASSIFIER else _activated(name, stage)


def _classifier(name: str, conv: Convolution) -> Iterator[tuple[str, Shape]]:
    yield from _activated(f"{name}.score", conv)
    yield from _norm(f"{name}.norm", conv.outputs)


def _activated(name: str, conv: Convolution) -> Iterator[tuple[str, Shape]]:
    yield from _norm(f"{name}.norm", conv.inputs)
    yield from _convolution(f"{name}.conv", conv)


def _norm(name: str, features: int) -> Iterator[tuple[str, Shape]]:
    yield from ((f"{name}.{part}", (features,)) for part in _NORM)
    yield f"{name}.{COUNTER}", ()


def _convolution(name: str, conv: Convolution) -> Iterator[tuple[str, Shape]]:
    yield f"{name}.weight", (conv.outputs, conv.inputs, *conv.kernel)
    yield f"{name}.bias", (conv.outputs,)
