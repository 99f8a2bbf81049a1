"""The settings of a training run and their defaults."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Optimizer:
    """Which optimizer follows the gradient."""

    kind: str = "adamw"
    """``adamw`` or ``sgd``."""
    weight_decay: float = 0.01
    nesterov: bool = False
    """Nesterov momentum (``sgd`` only)."""
    clip_norm: float | None = None
    """Longest gradient that is followed whole; None follows all."""


@dataclass(frozen=True)
class Schedule:
    """How learning rate, momentum, positive weight and deep supervision change during the run."""

    kind: str = "one_cycle"
    """``one_cycle`` (warm up, then cosine to zero) over the whole run, or ``step`` at an epoch (Bortsova 2017)."""
    learning_rate: float = 3e-3
    warmup: float = 0.1
    """Share of the run in which the rate climbs (``one_cycle``)."""
    learning_rate_after: float = 0.0
    """Rate after ``change_epoch`` (``step``) or at the end of the run (``one_cycle``)."""
    momentum: float = 0.9
    """Momentum of ``sgd``; first beta of ``adamw``."""
    momentum_after: float = 0.9
    change_epoch: int = 10
    positive_weight: float = 1.0
    """Weight of ICAC voxels against the others at the start of the run."""
    positive_weight_epoch: int = 0
    """Epoch at which that weight becomes 1."""
    positive_weight_share: float | None = None
    """Instead: share of the run over which that weight falls to 1, by the same factor every step."""
    auxiliary_epochs: float | None = None
    """Epochs over which the weight of the auxiliary heads falls from 1 to 0; None uses ``auxiliary_share``."""
    auxiliary_share: float = 0.5
    """Share of the run over which that weight falls, if ``auxiliary_epochs`` is None."""
    frozen_norm_share: float = 0.0
    """Last share of the run in which batch normalisation uses its running statistics, as it will in use."""


@dataclass(frozen=True)
class Loss:
    """What is minimised: the sum of losses by their weights, each over the voxels of ``network.supervision``."""

    cross_entropy: float = 1.0
    """Weight of the cross-entropy."""
    positive_weight: float = 1.0
    """Weight of ICAC voxels against the others in cross-entropy and focal loss, times that of the schedule."""
    focal: float = 0.0
    """Weight of the focal loss: cross-entropy in which what is known well counts less."""
    focal_gamma: float = 2.0
    """How much less."""
    dice: float = 0.0
    """Weight of 1 - soft Dice."""
    jaccard: float = 0.0
    """Weight of 1 - soft Jaccard index."""
    tversky: float = 0.0
    """Weight of 1 - Tversky index."""
    tversky_false: float = 0.5
    tversky_missed: float = 0.5
    """What false and missed voxels count in the Tversky index; with a half each it is Dice."""
    lovasz: float = 0.0
    """Weight of the Lovász extension of the Jaccard loss."""
    reduce: str = "image"
    """Dice, Jaccard, Tversky and Lovász are taken over each ``image`` (patch) of a batch, or over all of the
    ``batch`` together."""
    smoothing: str = "mean_volume"
    """What is added to both sides of the ratios of overlap: ``mean_volume``, the mean number of ICAC voxels of a
    training patch, with which patches without ICAC teach that there is none; or ``negligible``, with which they teach
    nothing (over an image)."""
    dice_epsilon: float | None = None
    """Instead of ``smoothing``: so many voxels."""
    artery: float = 0.0
    """Weight of the same loss for finding the arteries themselves, which simulated cases know and every patch shows:
    the network learns where to look sooner than from calcifications alone, and to find the course of the carotids
    in a scan. Above 0, the network has this output."""


@dataclass(frozen=True)
class Sampling:
    """Where training patches are taken."""

    output_size: tuple[int, int, int] = (96, 96, 62)
    """Voxels (x, y, z) that one patch predicts. The input patch is larger by the margins of the network."""
    batch: int = 1
    icac_share: float = 0.6
    """Share of patches laid around an ICAC voxel."""
    course_share: float = 0.3
    """Share laid where *another* head has ICAC: bone beside the arteries. The rest lies on any dense voxel."""
    false_voxels: str | None = None
    """File with the voxels at which an earlier model was wrong (``icac study mine``): those that it took for ICAC and,
    with ``--missed``, those that it missed; or None."""
    false_share: float = 0.0
    """Of the patches of a case that has such voxels, the share laid around one; the shares above divide the rest."""
    clean_every: int | None = None
    """Every so many patches one comes from a case without ICAC, however few of these there are; None leaves it to
    chance."""
    jitter: float = 0.4
    """How far the voxel that is aimed at may lie from the patch centre, as a share of the output size."""
    padded: bool = False
    """Convolutions pad with zeros, so that a patch predicts its own voxels and needs no margins. The loss leaves out
    those next to the border. In use, and when it is judged, the network is valid."""
    within_region: bool = False
    """The loss counts only voxels near the reference's carotid courses, where the model will be used."""


@dataclass(frozen=True)
class Augmentation:
    """Random changes of training patches; each number is a probability or the largest change."""

    flip: float = 0.5
    """Probability of swapping left and right."""
    intensity: float = 0.0
    """Probability of a random gain (``gain``), offset (``offset_hu``) and rescaling of dense tissue (``bone``)."""
    gain: float = 0.05
    offset_hu: float = 8.0
    bone: float = 0.15
    noise: float = 0.0
    """Probability of added noise of up to ``noise_hu`` HU (smooth or white)."""
    noise_hu: float = 25.0
    blur: float = 0.0
    """Probability of an in-plane Gaussian blur of up to ``blur_sigma`` voxels."""
    blur_sigma: float = 0.9
    thick: float = 0.0
    """Probability of averaging over up to ``thick_voxels`` slices, like thicker slices of a scanner."""
    thick_voxels: int = 9
    rotation: float = 0.0
    """Probability of an in-plane rotation (``rotation_degrees``) and zoom (``zoom``)."""
    rotation_degrees: float = 8.0
    zoom: float = 0.06
    tilt_degrees: float = 0.0
    """Above 0, a rotated patch is also tilted by up to so much about both other axes and moved by fractions of a voxel,
    as registration would lay the same head elsewhere on the grid."""


@dataclass(frozen=True)
class Validation:
    """How the network is judged during training."""

    every_epochs: float | None = 1.0
    """Epochs between validations, or None."""
    every_share: float | None = None
    """Share of the run between validations, or None."""
    cases: int | None = None
    """Largest number of validation cases used during the run (evenly spaced); the last judgement uses all."""
    select: str = "loss"
    """The best weights have the lowest ``loss`` or the highest ``dice`` (best threshold, pooled)."""


@dataclass(frozen=True)
class Unlabelled:
    """What is learnt from cases of which nothing was drawn (``none`` in the column ``drawn`` of the manifest)."""

    method: str = "none"
    """``none``, or ``mean_teacher``: with every patch comes one of such a case in two views, and the network is to say
    of the one what the moving average of its weights (``ema``, which must be set) says of the other."""
    weight: float = 10.0
    """Weight of the mean squared difference of their probabilities, over the voxels that the loss counts elsewhere."""
    ramp_share: float = 0.3
    """Share of the run over which that weight climbs from nearly nothing."""


#: Settings of the loss that there were from the start; later ones count in a digest where they are not the usual ones,
#: so that runs begun before go on.
_FIRST_LOSSES = ("cross_entropy", "dice", "dice_epsilon", "artery")


@dataclass(frozen=True)
class TrainingConfig:
    """All settings of one run."""

    name: str = "release"
    """Of the model package, too."""
    version: str = "0.1.0"
    description: str = "Finds ICAC among voxels of at least 130 HU in non-contrast head CT."
    licence: str = "Apache-2.0"
    network: dict[str, Any] = field(default_factory=dict)
    """Kind of network (:data:`icac.network.kinds.KINDS`) and its choices; without a kind, `icac.network.FcnConfig`."""
    seed: int = 1
    epochs: float | None = 100
    """Length of the run; None if ``minutes`` is given."""
    minutes: float | None = None
    """Length of the run as time spent training; the schedule follows the time used."""
    steps_per_epoch: int | None = None
    """None: as many as give one patch of every training case."""
    prior: float | None = None
    """Probability that the untrained output gives to an average voxel. None leaves 0.5, as published; learning to
    lower it then takes the first thousand steps, since ICAC is a hundredth of the dense voxels."""
    start_from: str | None = None
    """Name or folder of a model whose weights the run starts from, such as the bundled one; None draws new ones."""
    optimizer: Optimizer = field(default_factory=Optimizer)
    schedule: Schedule = field(default_factory=Schedule)
    loss: Loss = field(default_factory=Loss)
    sampling: Sampling = field(default_factory=Sampling)
    augmentation: Augmentation = field(default_factory=Augmentation)
    unlabelled: Unlabelled = field(default_factory=Unlabelled)
    validation: Validation = field(default_factory=Validation)
    ema: float | None = None
    """Decay of the moving average of the weights that is validated and released; None uses the weights themselves."""
    checkpoint_minutes: float = 5.0
    precision: str = "32-true"
    """A precision of Lightning Fabric, such as ``32-true`` or ``bf16-mixed``."""
    workers: int = 0
    """Processes that prepare patches besides the training process."""
    cache_gb: float = 2.0
    """Memory of each such process for decoded cases."""
    recalibration_patches: int = 100
    """Patches over which batch normalisation is measured anew for the released weights; 0 leaves it."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that `config_from` reads back."""
        return json.loads(json.dumps(dataclasses.asdict(self)))

    @property
    def for_others(self) -> dict[str, Any]:
        """The settings as a package tells them to others: of files and folders their names, not where they lie."""
        values = self.to_dict()
        if self.start_from:
            values["start_from"] = Path(self.start_from).name
        if self.sampling.false_voxels:
            values["sampling"]["false_voxels"] = Path(self.sampling.false_voxels).name
        return values

    @property
    def digest(self) -> str:
        """SHA-256 of the settings that decide the weights, to refuse resuming a run under other settings."""
        values = self.to_dict()
        for harmless in ("minutes", "epochs", "checkpoint_minutes", "workers", "cache_gb"):
            values.pop(harmless)
        if self.unlabelled.method == "none":  # nor is there anything that it decides
            values.pop("unlabelled")
        usual = dataclasses.asdict(Loss())
        values["loss"] = {name: value for name, value in values["loss"].items()
                          if name in _FIRST_LOSSES or value != usual[name]}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
