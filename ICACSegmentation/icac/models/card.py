"""The card of a model: its model.json as a page for people (Mitchell et al. 2019, arXiv 1810.03993).

Everything on it comes from model.json; nothing is written by hand, so a card cannot say what the package does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from icac.models.contents import WEIGHTS_FILE
from icac.models.second_look import SECOND_LOOK_FILE
from icac.models.spec import ModelSpec

#: Follows the notice of weights that have not seen a patient.
UNKNOWN_IN_PATIENTS = "What these weights do in patients is not known."

#: What the settings of a training said of the model to be; what the package says of itself stands at the top.
_SAID_ABOVE = frozenset(f"settings.{name}" for name in ("name", "version", "description", "licence"))


def model_card(spec: ModelSpec) -> str:
    """Return the card of a model as Markdown.

    Parameters
    ----------
    spec : ModelSpec

    Returns
    -------
    str
        Purpose, notice, use, network, training data, results (the latest judgement first), and files.

    """
    values = spec.to_dict()
    sections = {"Use": _use(spec), "Network": _network(spec), "Trained on": [spec.training_data.rstrip(".") + "."],
                "Results": list(_results(values["metrics"])), "Files": _files(spec)}
    lines = [f"# {spec.name} {spec.version}", "", spec.description, "", *_notice(spec)]
    for title, content in sections.items():
        lines += ["", f"## {title}", "", *content]
    return "\n".join(lines) + "\n"


def _notice(spec: ModelSpec) -> list[str]:
    notice = f"**{spec.notice[:1].upper()}{spec.notice[1:]}.**" if spec.notice else ""
    return [f"> {text}" for text in (notice, UNKNOWN_IN_PATIENTS if spec.simulated else "") if text]


def _use(spec: ModelSpec) -> list[str]:
    scaling, spacing = spec.intensity, " x ".join(f"{mm:g}" for mm in spec.spacing_mm)
    return _table({
        "voxels of its input, x, y, z": f"{spacing} mm",
        "CT numbers": f"clipped to {scaling.low_hu:g} .. {scaling.high_hu:g} HU, less {scaling.shift_hu:g}, divided "
                      f"by {scaling.scale_hu:g}",
        "a voxel is ICAC from the probability": spec.threshold,
        "some voxel of its lesion must reach": spec.lesion_threshold or "(nothing more)",
        "poses of the head, over which the mean is taken where there may be a lesion": spec.poses,
        "temperature of the probabilities": spec.temperature,
        "prior by distance from the carotid course": "yes" if spec.course_prior else "no",
        **({"sees the carotids again, drawn out straight": "yes"} if spec.second_look else {})})


def _network(spec: ModelSpec) -> list[str]:
    rows = {**spec.architecture.to_dict(), "trained values": f"{spec.architecture.parameters():,}"}
    if again := spec.second_look:
        rows |= {"second look": f"U-Net of width {again.width}, {again.config.parameters():,} trained values, learnt "
                                f"from {again.training_data}"}
    return _table(rows)


def _results(metrics: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table for each group of results, the last group of model.json, which is the latest, first."""
    single = {name: value for name, value in metrics.items() if not isinstance(value, Mapping)}
    if single or not metrics:
        yield from [*(_table(single) if single else ["None are known."]), ""]
    for name, group in reversed(list(metrics.items())):
        if isinstance(group, Mapping):
            rows = {key: value for key, value in _flat(group) if key not in _SAID_ABOVE}
            yield from [f"### {name.replace('_', ' ').capitalize()}", "", *_table(rows), ""]


def _files(spec: ModelSpec) -> list[str]:
    rows: dict[str, Any] = {"licence": spec.licence}
    if spec.weights:
        rows |= {WEIGHTS_FILE: f"{spec.weights.bytes:,} bytes", "SHA-256": f"`{spec.weights.sha256}`"}
    if again := spec.second_look:
        rows |= {SECOND_LOOK_FILE: f"{again.bytes:,} bytes", "its SHA-256": f"`{again.sha256}`"}
    return _table(rows)


def _flat(group: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of nested groups under dotted names."""
    for name, value in group.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _table(rows: Mapping[str, Any]) -> list[str]:
    return ["| | |", "|---|---|", *(f"| {name} | {_cell(value)} |" for name, value in rows.items())]


def _cell(value: Any) -> str:
    """Return a value for reading: numbers to four digits, words for what JSON calls null, true and false."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_cell(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ("; " if any(isinstance(one, Mapping) for one in value) else ", ").join(map(_cell, value))
    return str(value).replace("|", "\\|").replace("\n", " ")
