"""The choices that make one network out of the family of Bortsova et al. 2017 (arXiv 1706.01148)."""

from __future__ import annotations

from dataclasses import dataclass, field

from icac.network.interface.architecture import Channels
from icac.network.interface.choices import LATER, check_channels, check_flags, check_one_of, check_width

#: Where a residual block drops values: Bortsova et al. 2017, section 3.2 and table 2.
DROPOUT_PLACES = ("none", "before_first", "before_second", "before_addition")

#: What is dropped at once: single values, whole features (SpatialDropout, Tompson et al. 2015), or all that the
#: convolutions of a block add to its input (stochastic depth, Huang et al. 2016).
DROPPED = ("values", "features", "block")


@dataclass(frozen=True)
class FcnChoices(Channels):
    """One member of the family of networks.

    Attributes
    ----------
    width : int
        Features at full resolution; twice and four times as many at the coarser levels.
    residual : bool
        Blocks add their (cropped) input to their output. ``False`` gives the plain network.
    dropout : {"none", "before_first", "before_second", "before_addition"}
        Where blocks 4 to 8 drop values, with p = .3 .3 .4 .4 .5: before their first convolution, before their
        second one, or before the addition of their input. The last needs ``residual``, since without an
        addition the dropout would come right before a batch normalisation, which the paper rules out.
    deep_supervision : bool
        Six auxiliary heads on intermediate blocks, for training.
    supervision : {"all", "calcium"}
        Voxels on which the network is trained. It does not change the network itself, but says where its
        output means something.
    position : bool
        The network is also told where each voxel lies on the course of the artery
        (:mod:`icac.reference.position`), which a valid network cannot know. Not part of the published network.
    artery : bool
        The network has a second output, the inside of the carotids, by which their course is found
        (:mod:`icac.course`). Not part of the published network.
    dropped : {"values", "features", "block"}
        What dropout drops at once. The paper tried all three and found single values best; the last is possible only
        before the addition.
    pyramid : bool
        The features at the bottleneck are joined by their means over boxes of several sizes around them (pyramid
        pooling, Zhao et al. 2017), which widens the receptive field. Not part of the published network.

    Raises
    ------
    ValueError
        If a value is not one of these.

    """

    width: int = 8
    residual: bool = True
    dropout: str = "before_addition"
    deep_supervision: bool = True
    supervision: str = "calcium"
    position: bool = False
    artery: bool = False
    dropped: str = field(default="values", metadata=LATER)
    pyramid: bool = field(default=False, metadata=LATER)

    def __post_init__(self) -> None:
        check_width(self.width)
        check_flags(self, "residual", "deep_supervision", "pyramid")
        check_one_of(self, "dropout", DROPOUT_PLACES)
        check_one_of(self, "dropped", DROPPED)
        check_channels(self)
        if self.dropout == "before_addition" and not self.residual:
            raise ValueError("Dropout 'before_addition' needs a residual network; "
                             "take 'before_first' or 'before_second' for a plain one.")
        if self.dropped == "block" and self.dropout not in ("none", "before_addition"):
            raise ValueError("All that a block adds can be dropped only right before the addition; take dropout "
                             "'before_addition'.")
