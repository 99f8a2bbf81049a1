"""An agreement as tables, as JSON, as text and as a segmentation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import icac
from icac.anatomy import Side
from icac.compare import matching, overlap
from icac.compare.agreement import Agreement, MatchedLesion
from icac.compare.overlap import Overlap
from icac.files import write_csv
from icac.files.file_set import write_file_set
from icac.geometry import Volume, lps_to_ras
from icac.report.dicom.terminology import terminology_entry
from icac.report.record import write_record
from icac.report.segmentation_nrrd import NamedMask, write_segments
from icac.report.tables import number_or_none

#: 8-bit RGB of the three parts of an agreement.
COLORS = {"both": (255, 217, 51), "predicted_only": (64, 230, 77), "manual_only": (255, 64, 64)}

#: Columns of ``lesions_compared.csv``.
COLUMNS = ("source", "id", "side", "segment", "matched", "partners", "volume_mm3", "shared_mm3", "partners_mm3",
           "difference_mm3", "covered_share", "dice", "center_right_mm", "center_anterior_mm", "center_superior_mm")

#: The file that is written last.
RECORD = "agreement.json"

#: Everything that is written.
WRITTEN = (RECORD, "lesions_compared.csv", "agreement.seg.nrrd")


def lesion_rows(agreement: Agreement) -> list[dict[str, Any]]:
    """Return one row under :data:`COLUMNS` for every manual and every predicted lesion, rounded for reading.

    ``center_right/anterior/superior_mm`` are the RAS coordinates that Slicer shows. ``difference_mm3`` is predicted
    minus manual: of the lesion and its partners together. ``partners`` are ids in the other segmentation.
    """
    return [_row(lesion) for lesion in (*agreement.manual, *agreement.predicted)]


def _row(lesion: MatchedLesion) -> dict[str, Any]:
    artery = (lesion.side.value if lesion.side else None, lesion.segment.name if lesion.segment else None)
    measures = (lesion.volume_mm3, lesion.shared_mm3, lesion.partners_mm3, lesion.difference_mm3, lesion.covered_share,
                lesion.dice)
    values = (lesion.source, lesion.id, *artery, int(lesion.matched), " ".join(map(str, lesion.partners)),
              *(round(v, 4) + 0.0 for v in measures),  # no minus zero
              *(round(float(v), 3) for v in lps_to_ras(lesion.center_lps_mm)))
    return dict(zip(COLUMNS, values, strict=True))


def agreement_record(agreement: Agreement, notes: Sequence[str] = ()) -> dict[str, Any]:
    """Return an agreement as JSON-ready values; None stands for what is undefined."""
    return {
        "software": {"icac": icac.__version__},
        "notes": list(notes),
        "total": _figures(agreement.overlap),
        **{side.value: _figures(found) for side, found in agreement.overlap_by_side.items()},
        "manual_lesions": {"found": _matched(agreement.manual, True), "missed": _matched(agreement.manual, False)},
        "predicted_lesions": {"true": _matched(agreement.predicted, True),
                              "false": _matched(agreement.predicted, False)},
        "lesions": lesion_rows(agreement),
        "definitions": {"overlap": overlap.CONVENTION, "lesions": matching.DEFINITION,
                        "manual": "Voxels of at least 130 HU inside the drawn region."},
    }


def _figures(found: Overlap) -> dict[str, float | None]:
    return {"predicted_mm3": round(found.predicted_mm3, 4), "manual_mm3": round(found.truth_mm3, 4),
            "difference_mm3": round(found.predicted_mm3 - found.truth_mm3, 4), "both_mm3": round(found.both_mm3, 4),
            "predicted_only_mm3": round(found.predicted_only_mm3, 4), "manual_only_mm3": round(found.truth_only_mm3, 4),
            "dice": number_or_none(found.dice, 4), "sensitivity": number_or_none(found.sensitivity, 4),
            "ppv": number_or_none(found.ppv, 4)}


def _matched(lesions: Sequence[MatchedLesion], matched: bool) -> int:
    return sum(lesion.matched is matched for lesion in lesions)


def agreement_text(agreement: Agreement) -> str:
    """Return the figures of an agreement as a few lines of text."""
    lines = [f"{'ICAC, mm3':<14}{'predicted':>11}{'manual':>11}{'difference':>12}{'Dice':>8}{'sens.':>8}{'PPV':>8}",
             _line("all", agreement.overlap)]
    lines += [_line(f"  {side.value}", agreement.overlap_by_side[side])
              for side in Side if side in agreement.overlap_by_side]
    lines.append(f"Manual lesions     {_matched(agreement.manual, True)} found, "
                 f"{_matched(agreement.manual, False)} missed")
    lines.append(f"Predicted lesions  {_matched(agreement.predicted, True)} true, "
                 f"{_matched(agreement.predicted, False)} false")
    for word, lesions in (("missed", agreement.manual), ("false", agreement.predicted)):
        lines += [f"  {word:<7}{_place(lesion)}" for lesion in lesions if not lesion.matched]
    return "\n".join(lines)


def _line(name: str, found: Overlap) -> str:
    shares = "".join(f"{'-' if math.isnan(v) else f'{v:.3f}':>8}" for v in (found.dice, found.sensitivity, found.ppv))
    difference = found.predicted_mm3 - found.truth_mm3
    return f"{name:<14}{found.predicted_mm3:>11.1f}{found.truth_mm3:>11.1f}{difference:>+12.1f}{shares}"


def _place(lesion: MatchedLesion) -> str:
    right, anterior, superior = lps_to_ras(lesion.center_lps_mm)
    artery = f"{lesion.side.value} {lesion.segment.name}, " if lesion.side and lesion.segment else ""
    return f"{lesion.volume_mm3:8.1f} mm3  {artery}R {right:.1f} A {anterior:.1f} S {superior:.1f} mm"


def agreement_segments(agreement: Agreement) -> list[NamedMask]:
    """Return the three parts of an agreement as segments."""
    masks = {"both": agreement.both, "predicted_only": agreement.predicted_only, "manual_only": agreement.manual_only}
    return [NamedMask(name, f"ICAC {name.replace('_', ' ')}", COLORS[name], terminology_entry(), mask)
            for name, mask in masks.items()]


def write_agreement(folder: str | Path, agreement: Agreement, ct: Volume, notes: Sequence[str] = ()) -> dict[str, Path]:
    """Write ``agreement.json``, ``lesions_compared.csv`` and ``agreement.seg.nrrd`` into a folder.

    Returns role (``segmentation``, ``lesions``, ``record``) to file. Raises OutputError if the folder cannot be
    written.
    """
    def write(temporary: Path) -> dict[str, Path]:
        return {
            "segmentation": write_segments(agreement_segments(agreement), ct, temporary / "agreement.seg.nrrd",
                                           f"ICACSegmentation {icac.__version__} compare", "SEMIAUTOMATIC"),
            "lesions": write_csv(temporary / "lesions_compared.csv", COLUMNS, lesion_rows(agreement)),
            "record": write_record(agreement_record(agreement, notes), temporary / RECORD),
        }

    return write_file_set(folder, write, WRITTEN, RECORD)
