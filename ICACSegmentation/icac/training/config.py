"""The settings of a training run: what they are, their defaults, and how they are read from a preset or a JSON file."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from icac.errors import InputError


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
    """Weight of ICAC voxels against the others before ``positive_weight_epoch``; 1 from then on."""
    positive_weight_epoch: int = 0
    auxiliary_epochs: float | None = None
    """Epochs over which the weight of the auxiliary heads falls from 1 to 0; None uses ``auxiliary_share``."""
    auxiliary_share: float = 0.5
    """Share of the run over which that weight falls, if ``auxiliary_epochs`` is None."""


@dataclass(frozen=True)
class Loss:
    """What is minimised: ``cross_entropy * BCE + dice * (1 - soft Dice)``."""

    cross_entropy: float = 1.0
    dice: float = 0.0
    dice_epsilon: float | None = None
    """Smoothing of soft Dice in voxels; None takes the mean number of ICAC voxels of a training patch."""


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
    jitter: float = 0.4
    """How far the voxel that is aimed at may lie from the patch centre, as a share of the output size."""


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
class TrainingConfig:
    """All settings of one run."""

    name: str = "release"
    """Of the model package, too."""
    version: str = "0.1.0"
    description: str = "Finds ICAC among voxels of at least 130 HU in non-contrast head CT."
    licence: str = "Apache-2.0"
    network: dict[str, Any] = field(default_factory=dict)
    """Settings of `icac.network.FcnConfig`."""
    seed: int = 1
    epochs: float | None = 100
    """Length of the run; None if ``minutes`` is given."""
    minutes: float | None = None
    """Length of the run as time spent training; the schedule follows the time used."""
    steps_per_epoch: int | None = None
    """None: as many as give one patch of every training case."""
    optimizer: Optimizer = field(default_factory=Optimizer)
    schedule: Schedule = field(default_factory=Schedule)
    loss: Loss = field(default_factory=Loss)
    sampling: Sampling = field(default_factory=Sampling)
    augmentation: Augmentation = field(default_factory=Augmentation)
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
    def digest(self) -> str:
        """SHA-256 of the settings that decide the weights, to refuse resuming a run under other settings."""
        values = self.to_dict()
        for harmless in ("minutes", "epochs", "checkpoint_minutes", "workers", "cache_gb"):
            values.pop(harmless)
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


_SECTIONS = {"optimizer": Optimizer, "schedule": Schedule, "loss": Loss, "sampling": Sampling,
             "augmentation": Augmentation, "validation": Validation}

_CHOICES = {("optimizer", "kind"): ("adamw", "sgd"), ("schedule", "kind"): ("one_cycle", "step"),
            ("validation", "select"): ("loss", "dice")}


def config_from(values: Mapping[str, Any], source: str = "the training settings") -> TrainingConfig:
    """Make a config of nested plain ``values``; raises InputError that names ``source`` if a setting is wrong."""
    made = dict(values)
    _refuse_unknown(TrainingConfig, made, source, "")
    for name, section in _SECTIONS.items():
        part = dict(made.get(name, {}))
        _refuse_unknown(section, part, source, name + ".")
        if "output_size" in part:
            part["output_size"] = tuple(int(n) for n in part["output_size"])
        made[name] = section(**part)
    config = TrainingConfig(**made)
    for (section, key), choices in _CHOICES.items():
        value = getattr(getattr(config, section), key)
        if value not in choices:
            raise InputError(f"{source}: {section}.{key} is {value!r}; use one of {', '.join(choices)}.")
    if (config.epochs is None) == (config.minutes is None):
        raise InputError(f"{source}: give the length of the run either in epochs or in minutes.")
    return config


def read_config(preset_or_path: str, overrides: Mapping[str, Any] | None = None) -> TrainingConfig:
    """Read a preset by name, or a JSON file (or TOML, from Python 3.11) that may start from a ``preset``.

    Parameters
    ----------
    preset_or_path : str
        ``release``, ``bortsova2017``, or the path of a file with settings like
        ``{"preset": "release", "seed": 2, "sampling": {"batch": 2}}``.
    overrides : mapping, optional
        Settings that replace those, nested the same way.

    Raises
    ------
    InputError
        If there is no such preset or file, or a setting in it is wrong.

    """
    from icac.training.presets import PRESETS

    if preset_or_path in PRESETS:
        values: dict[str, Any] = {"preset": preset_or_path}
    else:
        values = _read_file(Path(preset_or_path), sorted(PRESETS))
    preset = values.pop("preset", None)
    if preset is not None and preset not in PRESETS:
        raise InputError(f"{preset_or_path}: there is no preset {preset!r}; use one of {', '.join(sorted(PRESETS))}.")
    merged = merge(merge(PRESETS.get(preset, {}), values), overrides or {})
    return config_from(merged, preset_or_path)


def merge(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with nested ``changes`` applied; naming a length of the run drops the other kind of length."""
    merged = dict(base)
    if changes.get("minutes") is not None:
        merged["epochs"] = None
    elif changes.get("epochs") is not None:
        merged["minutes"] = None
    for key, value in changes.items():
        nested = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = merge(merged[key], value) if nested else value
    return merged


def parse_override(text: str) -> dict[str, Any]:
    """Turn ``sampling.batch=2`` into ``{"sampling": {"batch": 2}}``; the value is JSON, or else plain text."""
    path, separator, value_text = text.partition("=")
    if not separator:
        raise InputError(f"The setting {text!r} has no value; write it as section.name=value.")
    try:
        value = json.loads(value_text)
    except json.JSONDecodeError:
        value = value_text
    for part in reversed(path.split(".")):
        value = {part: value}
    return value


def _read_file(path: Path, presets: list[str]) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(f"{path}: there is neither such a settings file nor such a preset ({', '.join(presets)}).")
    try:
        if path.suffix == ".toml":
            import tomllib
            return tomllib.loads(path.read_text())
        return json.loads(path.read_text())
    except ImportError as error:
        raise InputError(f"{path}: this Python cannot read TOML; write the settings as JSON.") from error
    except ValueError as error:
        raise InputError(f"{path}: these settings cannot be read ({error}); correct the file.") from error


def _refuse_unknown(section: type, values: Mapping[str, Any], source: str, prefix: str) -> None:
    known = [f.name for f in dataclasses.fields(section)]
    for name in values:
        if name not in known:
            raise InputError(f"{source}: there is no setting {prefix}{name}; known are {', '.join(known)}.")
