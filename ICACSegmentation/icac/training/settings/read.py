"""Reading training settings from a preset, a JSON file and the command line, and refusing wrong ones."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from icac.errors import InputError
from icac.files import parse_json
from icac.network import FcnConfig
from icac.training.settings.config import TrainingConfig

_CHOICES = {"optimizer.kind": ("adamw", "sgd"), "schedule.kind": ("one_cycle", "step"),
            "validation.select": ("loss", "dice"), "loss.reduce": ("image", "batch"),
            "loss.smoothing": ("mean_volume", "negligible"), "unlabelled.method": ("none", "mean_teacher")}

#: Losses that are summed by their weights.
LOSSES = ("cross_entropy", "focal", "dice", "jaccard", "tversky", "lovasz")

#: Smallest value of numbers that may not be 0 or less.
_SMALLEST = {"sampling.batch": 1, "sampling.clean_every": 2, "sampling.false_share": 0.0, "steps_per_epoch": 1,
             "validation.cases": 1, "validation.every_epochs": 1e-6, "validation.every_share": 1e-6,
             "schedule.positive_weight_share": 1e-6, "epochs": 1e-6, "minutes": 1e-6,
             **{f"loss.{name}": 0.0 for name in (*LOSSES, "artery", "focal_gamma", "tversky_false", "tversky_missed",
                                                 "dice_epsilon")},
             "loss.positive_weight": 1e-6, "schedule.positive_weight": 1e-6,
             "augmentation.blur_sigma": 0.2, "augmentation.thick_voxels": 2, "unlabelled.weight": 0.0,
             "unlabelled.ramp_share": 0.0}


def config_from(values: Mapping[str, Any], source: str = "the training settings") -> TrainingConfig:
    """Make a config of nested plain ``values``; raises InputError that names ``source`` if a setting is wrong."""
    config = _make(TrainingConfig, values, source, "")
    if (config.epochs is None) == (config.minutes is None):
        raise InputError(f"{source}: give the length of the run either in epochs or in minutes.")
    plan = config.validation
    if (plan.every_epochs is None) == (plan.every_share is None):
        raise InputError(f"{source}: give either validation.every_epochs or validation.every_share.")
    if not any(getattr(config.loss, name) for name in LOSSES):
        raise InputError(f"{source}: give at least one loss a weight above 0: loss.{', loss.'.join(LOSSES)}.")
    if config.loss.tversky and not config.loss.tversky_false + config.loss.tversky_missed:
        raise InputError(f"{source}: loss.tversky_false and loss.tversky_missed are both 0; what is wrong must count.")
    if config.unlabelled.method == "mean_teacher" and not config.ema:
        raise InputError(f"{source}: the mean teacher is the moving average of the weights; give its decay, such as "
                         "ema=0.99.")
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
    from icac.training.settings.presets import PRESETS

    if preset_or_path in PRESETS:
        values: dict[str, Any] = {"preset": preset_or_path}
    else:
        values = _read_file(Path(preset_or_path), sorted(PRESETS))
    preset = values.pop("preset", None)
    if preset is not None and (not isinstance(preset, str) or preset not in PRESETS):
        raise InputError(f"{preset_or_path}: there is no preset {preset!r}; use one of {', '.join(sorted(PRESETS))}.")
    merged = merge(merge(PRESETS[preset] if preset else {}, values), overrides or {})
    return config_from(merged, preset_or_path)


def merge(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with nested ``changes``; one of ``_ALTERNATIVES`` that is changed clears the other one.

    Another kind of network takes over only the choices that every kind has.
    """
    merged = dict(base)
    for one, other in _ALTERNATIVES:
        if changes.get(one) is not None and other not in changes:
            merged[other] = None
    for key, value in changes.items():
        nested = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        if nested and key == "network":
            merged[key] = _of_any_kind(merged[key], value)
        merged[key] = merge(merged[key], value) if nested else value
    return merged


def _of_any_kind(network: Mapping[str, Any], changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the choices of a network that hold with ``changes``: of another kind, those that every kind has."""
    before = network.get("kind", FcnConfig.kind)
    if changes.get("kind", before) == before:
        return network
    return {name: value for name, value in network.items() if name in ("supervision", "position", "artery")}


#: Settings of which only one holds: naming one in changed settings drops the other.
_ALTERNATIVES = (("minutes", "epochs"), ("epochs", "minutes"), ("every_share", "every_epochs"),
                 ("every_epochs", "every_share"))


def parse_override(text: str) -> dict[str, Any]:
    """Turn ``sampling.batch=2`` into ``{"sampling": {"batch": 2}}``; the value is JSON, or else plain text."""
    path, separator, value_text = text.partition("=")
    if not separator:
        raise InputError(f"The setting {text!r} has no value; write it as section.name=value.")
    try:
        value = parse_json(value_text)
    except ValueError:
        value = value_text
    for part in reversed(path.split(".")):
        value = {part: value}
    return value


def _read_file(path: Path, presets: list[str]) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(f"{path}: there is neither such a settings file nor such a preset ({', '.join(presets)}).")
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".toml":
            import tomllib
            return tomllib.loads(text)
        values = parse_json(text)
    except ImportError as error:
        raise InputError(f"{path}: this Python cannot read TOML; write the settings as JSON.") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: these settings cannot be read ({error}); correct the file.") from error
    if not isinstance(values, dict):
        raise InputError(f"{path}: the settings must be a JSON object, such as {{\"preset\": \"release\"}}.")
    return values


def _make(section: type, values: Any, source: str, prefix: str) -> Any:
    """Make a section of the config of plain values, after checking names, types and ranges."""
    if not isinstance(values, Mapping):
        raise InputError(f"{source}: {prefix.rstrip('.')} must be a group of settings, not {values!r}.")
    hints = typing.get_type_hints(section)
    made = {}
    for name, value in values.items():
        if name not in hints:
            raise InputError(f"{source}: there is no setting {prefix}{name}; known are {', '.join(hints)}.")
        kind = hints[name]
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            made[name] = _make(kind, value, source, f"{prefix}{name}.")
        else:
            made[name] = _checked(prefix + name, value, kind, source)
    return section(**made)


def _checked(name: str, value: Any, kind: Any, source: str) -> Any:
    allowed = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    if typing.get_origin(kind) is tuple:
        value = tuple(value) if isinstance(value, list | tuple) else value
        fits = isinstance(value, tuple) and len(value) == 3 and all(type(n) is int and n > 0 for n in value)
        wanted = "three whole numbers above 0 (x, y, z)"
    else:
        plain = tuple(typing.get_origin(k) or k for k in allowed)
        fits = type(value) in plain or (type(value) is int and float in plain)
        wanted = " or ".join("null" if k is type(None) else k.__name__ for k in plain)
    if not fits or (isinstance(value, float) and not math.isfinite(value)):
        raise InputError(f"{source}: {name} is {value!r}; it must be {wanted}.")
    if name in _CHOICES and value not in _CHOICES[name]:
        raise InputError(f"{source}: {name} is {value!r}; use one of {', '.join(_CHOICES[name])}.")
    if value is not None and name in _SMALLEST and value < _SMALLEST[name]:
        raise InputError(f"{source}: {name} is {value!r}; it must be at least {_SMALLEST[name]}.")
    return float(value) if type(value) is int and int not in allowed and float in allowed else value
