"""A finished result in the scene: the segmentation of the program, with its report attached.

The report travels with the segmentation node, so that a saved scene still shows the figures and how they were made.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ICACSegmentationLib.result.data import REPORT_ATTRIBUTE, attach_probability, report_of
from ICACSegmentationLib.result.figures import Amount
from ICACSegmentationLib.scene.nodes import load_segmentation

#: Attributes that say how the segmentation was made, each with its path in the report.
PROVENANCE = {
    "ICAC.software": ("software", "icac"),
    "ICAC.model": ("model", "name"),
    "ICAC.modelVersion": ("model", "version"),
    "ICAC.modelChecksum": ("model", "checksum"),
    "ICAC.threshold": ("settings", "probability_threshold"),
    "ICAC.device": ("settings", "device"),
    "ICAC.created": ("created",),
}


@dataclass(frozen=True)
class Summary:
    """What the panel shows of a report."""

    right: Amount
    left: Amount
    total: Amount
    notice: str
    warnings: tuple[str, ...]
    courses: str | None
    """What the fit of the carotids did, if there was one."""


def load_result(folder: Path, volume):
    """Load what the program wrote into ``folder`` as a new segmentation beside ``volume``; return the node.

    Raises
    ------
    OSError, RuntimeError, ValueError, KeyError
        If a file is missing or is not what the program writes.

    """
    from icac.files import load_json

    report = load_json(folder / "report.json")
    _name_ct(report, volume.GetName())
    name = _("{volume} ICAC").format(volume=volume.GetName())
    segmentation = load_segmentation(folder / report["files"]["segmentation"], volume, name)
    segmentation.SetAttribute(REPORT_ATTRIBUTE, json.dumps(report))
    for attribute, path in PROVENANCE.items():
        segmentation.SetAttribute(attribute, str(_at(report, path)))
    if "probability" in report["files"]:        # the command line writes it on request only
        attach_probability(segmentation, folder / report["files"]["probability"])
    return segmentation


def _name_ct(report: dict[str, Any], name: str) -> None:
    """Put the name of the CT in the scene wherever the report names the temporary file."""
    path = report["input"]["path"]
    report["input"]["path"] = name
    report["warnings"] = [text.replace(path, name) for text in report["warnings"]]


def _at(report: dict[str, Any], path: tuple[str, ...]) -> Any:
    for key in path:
        report = report[key]
    return report


def summary_of(segmentation) -> Summary | None:
    """Return the figures of a segmentation node, or None if it is none of ours."""
    from icac.report.courses import courses_statement

    report = report_of(segmentation)
    if report is None:
        return None
    totals = report["totals"]
    right, left, total = (Amount(part["volume_mm3"], part["lesions"])
                          for part in (totals["right"], totals["left"], totals))
    return Summary(right, left, total, report["notice"], tuple(report["warnings"]),
                   courses_statement(report.get("courses", {})))
