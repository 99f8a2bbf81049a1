"""The layers of the network as data, from which both the torch module and its geometry are made.

Bortsova et al. 2017 (arXiv 1706.01148) give the constraints but not the layers: valid convolutions, 24
layers, pre-activation blocks of two convolutions of which blocks 4 to 8 have dropout, less down-sampling in z,
a receptive field of 85 x 85 x 37, six auxiliary classifiers. This is the balanced U on three levels that
fulfils all of them. Kernels, strides and factors are in the axis order of the arrays, (z, y, x).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from icac.network.bortsova2017.choices import FcnChoices
from icac.network.interface.geometry import Triple

POINT: Triple = (1, 1, 1)

#: Boxes (z, y, x) of coarse values over which a pyramid averages; a coarse value is 2 mm in plane and 1 mm across.
POOLED: tuple[Triple, ...] = ((1, 3, 3), (3, 7, 7), (5, 11, 11))

PLANE: Triple = (1, 3, 3)
CUBE: Triple = (3, 3, 3)

#: Name of the last stage, which gives logits.
CLASSIFIER = "classifier"

#: Name of the last block before features become finer again.
BOTTOM = "B5"

#: Blocks on which the auxiliary heads of deep supervision sit.
HEADS = ("B1", "B3", "B4", "B5", "B7", "B8")

#: Probability of dropout by block (Bortsova et al. 2017, section 3.2).
DROPOUT_PROBABILITY = {"B4": 0.3, "B5": 0.3, "B6": 0.4, "B7": 0.4, "B8": 0.5}


@dataclass(frozen=True)
class Convolution:
    """A valid convolution; batch normalisation and ReLU come before it where ``activated``."""

    name: str
    inputs: int
    outputs: int
    kernel: Triple
    stride: Triple = POINT
    activated: bool = True

    @property
    def parameters(self) -> int:
        """Weights and biases, and scale and shift of the batch normalisation before it."""
        taps = self.kernel[0] * self.kernel[1] * self.kernel[2]
        return self.outputs * (taps * self.inputs + 1) + 2 * self.inputs * self.activated


@dataclass(frozen=True)
class Block:
    """Two convolutions, with their cropped input added in the residual network."""

    name: str
    features: int
    kernels: tuple[Triple, Triple]
    dropout: float

    @property
    def convolutions(self) -> tuple[Convolution, Convolution]:
        """The two convolutions in order."""
        first, second = (Convolution(f"{self.name} conv{i}", self.features, self.features, kernel)
                         for i, kernel in enumerate(self.kernels, 1))
        return first, second


@dataclass(frozen=True)
class Merge:
    """Nearest-neighbour up-sampling, concatenation with the cropped output of ``skip``, 1 x 1 x 1 conv."""

    name: str
    skip: str
    factor: Triple
    convolution: Convolution


@dataclass(frozen=True)
class Pyramid:
    """Means over boxes around each value, concatenated to it, cropped to the largest box; then a 1 x 1 x 1 conv."""

    name: str
    convolution: Convolution

    @property
    def kernel(self) -> Triple:
        """The largest box (z, y, x)."""
        return POOLED[-1]


Stage = Convolution | Block | Merge | Pyramid


def layout(config: FcnChoices) -> tuple[Stage, ...]:
    """Return the stages of the main path, from the stem to the classifier."""
    full, half, quarter = config.width, 2 * config.width, 4 * config.width

    def block(number: int, features: int, first: Triple = PLANE) -> Block:
        name = f"B{number}"
        p = 0.0 if config.dropout == "none" else DROPOUT_PROBABILITY.get(name, 0.0)
        return Block(name, features, (first, CUBE), p)

    def merge(name: str, skip: str, factor: Triple, coarse: int, fine: int) -> Merge:
        return Merge(name, skip, factor, Convolution(name, coarse + fine, fine, POINT))

    pyramid = Pyramid("pyramid", Convolution("pyramid mix", quarter * (1 + len(POOLED)), quarter, POINT))
    return (
        Convolution("stem", config.inputs, full, CUBE, activated=False),
        block(1, full),
        Convolution("down1", full, half, CUBE, (1, 2, 2)),
        block(2, half), block(3, half),
        Convolution("down2", half, quarter, CUBE, (2, 2, 2)),
        block(4, quarter, CUBE), block(5, quarter, CUBE),
        *([pyramid] if config.pyramid else []),
        merge("merge1", "B3", (2, 2, 2), quarter, half),
        block(6, half), block(7, half),
        merge("merge2", "B1", (1, 2, 2), half, full),
        block(8, full), block(9, full),
        Convolution(CLASSIFIER, full, config.outputs, POINT),
    )


def convolutions(stage: Stage) -> tuple[Convolution, ...]:
    """Return the convolutions of a stage in order."""
    if isinstance(stage, Convolution):
        return (stage,)
    return stage.convolutions if isinstance(stage, Block) else (stage.convolution,)


def heads(config: FcnChoices) -> Iterator[tuple[str, Convolution]]:
    """Yield the block and the convolution of every auxiliary head; none without deep supervision."""
    if config.deep_supervision:
        for stage in layout(config):
            if isinstance(stage, Block) and stage.name in HEADS:
                yield stage.name, Convolution(f"head {stage.name}", stage.features, 1, POINT)
