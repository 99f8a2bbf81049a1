"""A finished result in the scene: the segmentation of the program, with its report attached.

The report travels with the segmentation node, so that a saved scene still shows the figures and how they were made.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from slicer.i18n import tr as _

from ICACSegmentationLib.result.data import REPORT_ATTRIBUTE, attach_probability, report_of
from ICACSegmentationLib.result.figures import Amount
from ICACSegmentationLib.scene.nodes import load_segmentation


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
    is_reading: bool = False
    """A person reads the scan without a result of the model: nothing was predicted."""


def load_result(folder: Path, volume, hide_names: bool = False, scan=None):
    """Load what the program wrote into ``folder`` as a new segmentation beside ``volume``; return the node.

    Both are called after the volume, unless names are to be hidden. A result of another CT than ``scan``
    (``icac.ct.CTScan``), from which the volume was made, has a warning that says so.

    Raises
    ------
    icac.errors.InputError
        The report is missing or is not what the program writes.
    OSError, RuntimeError, KeyError
        Another file is.

    """
    from icac.ct.hidden_names import HIDDEN
    from icac.report import Report
    from icac.report.report import another_ct
    from icac.result_files import USUAL_NAMES

    # The scene names the CT; the program read a temporary file.
    called = HIDDEN if hide_names else volume.GetName()
    kept = Report.load(folder / USUAL_NAMES.usual("report"))
    report = kept.of_scan(called)
    if scan is not None and kept.is_of_another_ct(scan):
        report = report.with_warning(another_ct(folder, called))
    name = "ICAC" if hide_names else _("{volume} ICAC").format(volume=called)
    segmentation = load_segmentation(folder / report.files["segmentation"], volume, name)
    segmentation.SetAttribute(REPORT_ATTRIBUTE, report.text)
    for attribute, value in _provenance(report).items():
        segmentation.SetAttribute(attribute, str(value))
    if "probability" in report.files:        # the command line writes it on request only
        attach_probability(segmentation, folder / report.files["probability"])
    return segmentation


def _provenance(report) -> dict[str, object]:
    """Return the attributes that say how the segmentation was made."""
    return {"ICAC.software": report.software, "ICAC.model": report.model, "ICAC.modelVersion": report.model_version,
            "ICAC.modelChecksum": report.model_checksum, "ICAC.threshold": report.threshold,
            "ICAC.device": report.device, "ICAC.created": report.created}


def summary_of(segmentation) -> Summary | None:
    """Return the figures of a segmentation node, or None if it is none of ours."""
    from icac.anatomy import Side

    report = report_of(segmentation)
    if report is None:
        return None
    right, left, total = (Amount(amount.volume_mm3, amount.lesions)
                          for amount in map(report.amount, (Side.RIGHT, Side.LEFT, None)))
    return Summary(right, left, total, report.notice, report.warnings, report.courses_statement, bool(report.reading))
