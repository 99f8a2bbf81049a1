"""A report without what can carry the name of a patient."""

from __future__ import annotations

from dataclasses import replace

from icac.ct.hidden_names import text_without_names, without_names
from icac.result import SegmentedScan


def hide_names(result: SegmentedScan) -> SegmentedScan:
    """Return a segmented scan without names of files and folders and without descriptions."""
    warnings = tuple(text_without_names(text, result.scan) for text in result.warnings)
    return replace(result, scan=without_names(result.scan), warnings=warnings)
