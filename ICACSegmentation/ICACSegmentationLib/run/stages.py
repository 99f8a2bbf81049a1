"""The stages of a run, in words for the user."""

from __future__ import annotations

from slicer.i18n import tr as _

from ICACSegmentationLib.run.runner import Report


def stage_text(report: Report) -> str:
    """Return the stage that is under way, in the language of the application."""
    words = {
        "Read": _("Reading the CT"),
        "Check": _("Checking the CT"),
        "Align": _("Aligning with the reference head"),
        "Load model": _("Loading the network"),
        "Segment": _("Segmenting"),
        "Measure": _("Measuring"),
        "Done": _("Writing the results"),
    }
    text = words.get(report.stage, report.stage)
    # Only the name of the device tells the user more than the stage does; why it was chosen is in the report.
    device = report.message.partition(" (chosen")[0]
    return f"{text} ({device})" if report.stage == "Segment" and device else text
