"""The choices that make one network out of the family of Bortsova et al. 2017 (arXiv 1706.01148)."""

from __future__ import annotations

from dataclasses import dataclass

from icac.network.interface.architecture import SUPERVISIONS, Channels

#: Where a residual block drops values: Bortsova et al. 2017, section 3.2 and table 2.
DROPOUT_POSITIONS = ("none", "before_first", "before_second", "before_addition")

#: More features than this at full resolution are no network of this family, which has 8.
WIDEST = 128


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

    def __post_init__(self) -> None:
        if type(self.width) is not int or not 1 <= self.width <= WIDEST:
            raise ValueError(f"The width of a network must be a whole number from 1 to {WIDEST}, not "
                             f"{str(self.width)[:20]}.")
        for name in ("residual", "deep_supervision", "position", "artery"):
            if type(getattr(self, name)) is not bool:
                raise ValueError(f"'{name}' of a network must be true or false, not {getattr(self, name)!r}.")
        for name, allowed in (("dropout", DROPOUT_POSITIONS), ("supervision", SUPERVISIONS)):
            if getattr(self, name) not in allowed:
                raise ValueError(f"'{name}' of a network must be one of {', '.join(allowed)}, "
                                 f"not {getattr(self, name)!r}.")
        if self.dropout == "before_addition" and not self.residual:
            raise ValueError("Dropout 'before_addition' needs a residual network; "
                             "take 'before_first' or 'before_second' for a plain one.")
