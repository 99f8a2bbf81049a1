"""A report without what can carry the name of a patient."""

from __future__ import annotations

from dataclasses import replace

from icac.ct.hidden_names import text_without_names, without_names
from icac.report.content import ReportContent


def hide_names(content: ReportContent) -> ReportContent:
    """Return the content of a report without names of files and folders and without descriptions."""
    warnings = tuple(text_without_names(text, content.scan) for text in content.warnings)
    return replace(content, scan=without_names(content.scan), warnings=warnings)
