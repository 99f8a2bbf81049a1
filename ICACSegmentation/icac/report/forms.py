"""The form of the calcium of a scan, as reports keep it: of all, of each side, and of their segments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from icac.anatomy import SEGMENTS, Side
from icac.lesions import Lesion
from icac.lesions.morphometry import Morphometry, morphometry
from icac.report.tables import number_or_none


def forms_record(lesions: Sequence[Lesion]) -> dict[str, Any]:
    """Return the form of lesions of one scan together (``both``) and of each side, as JSON-ready values.

    What is not known is None.
    """
    by_side = {side.value: [le for le in lesions if le.side is side] for side in Side}
    return {name: _whole_and_segments(part) for name, part in {"both": lesions, **by_side}.items()}


def _whole_and_segments(lesions: Sequence[Lesion]) -> dict[str, Any]:
    tallies = [lesion.tally for lesion in lesions]
    return {**form_record(morphometry(tallies)),
            "by_segment": {segment.name: form_record(morphometry(tallies, (segment,))) for segment in SEGMENTS}}


def form_record(form: Morphometry) -> dict[str, Any]:
    """Return one form as JSON-ready values."""
    return {name: value if isinstance(value, int) else number_or_none(value, 3)
            for name, value in ((name, getattr(form, name)) for name in Morphometry.names())}


def form_statement(lesions: Sequence[Lesion]) -> str:
    """Return the form of the lesions of one side in a few words for its line; nothing if they lie on no wall."""
    form = morphometry([lesion.tally for lesion in lesions])
    if not form.length_mm > 0:
        return ""
    return (f", along {form.length_mm:.1f} mm, {form.mean_thickness_mm:.1f} mm thick (at most "
            f"{form.max_thickness_mm:.1f}), arc {form.mean_arc_deg:.0f} degrees (at most {form.max_arc_deg:.0f})")
