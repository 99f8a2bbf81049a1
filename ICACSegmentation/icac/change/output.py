"""A change as JSON, as tables, as text, and as files that are written together or not at all."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import icac
from icac.anatomy import SEGMENTS, Side
from icac.change import limits, match
from icac.change.picture import write_picture
from icac.change.result import DEFINITIONS, Amounts, Change, LesionChange, State, state_words
from icac.change.scan import MeasuredScan
from icac.ct.write import write_volume
from icac.files import write_csv
from icac.files.file_set import write_file_set
from icac.geometry import lps_to_ras
from icac.report.record import write_record
from icac.report.tables import number_or_none

#: Version of the form of the record; the first number changes when readers must.
FORMAT = "1.1"

#: The JSON schema of the record.
SCHEMA_PATH = Path(__file__).with_name("change.schema.json")

#: Columns that amounts have in every table.
_AMOUNTS = ("before_mm3", "after_mm3", "change_mm3", "change_percent", "noise_low_mm3", "noise_high_mm3",
            "beyond_noise", "trend", "change_mm3_per_year", "change_percent_per_year")

#: From which of them on nothing is told of a lesion: where one scan does not show it, and where it may be in both.
_UNTOLD_FROM = {State.OUTSIDE: "change_mm3", State.UNSURE: "beyond_noise"}

#: Columns of ``lesions_changed.csv``. Positions are RAS as Slicer shows them, each in the space of its scan.
LESION_COLUMNS = (
    "lesion", "state", "side", "segment", "ids_before", "ids_after", *_AMOUNTS, "hu_before", "hu_after", "hu_change",
    "hu_there",
    *(f"{when}_{axis}_mm" for when in ("before", "after") for axis in ("right", "anterior", "superior")))

#: Columns of ``totals_changed.csv``.
TOTAL_COLUMNS = ("part", *_AMOUNTS)

#: The file that is written last.
RECORD = "change.json"

#: Everything that is written.
WRITTEN = (RECORD, "lesions_changed.csv", "totals_changed.csv", "change.png", "states_before.nii.gz",
           "states_before.nrrd", "states_after.nii.gz", "states_after.nrrd", "second_to_first.tfm")


def write_change(folder: str | Path, change: Change) -> dict[str, Path]:
    """Write everything that is known of a change into a folder.

    ========================  ===============================================================================
    ``change.json``           all of it; form in ``icac/change/change.schema.json``
    ``lesions_changed.csv``   one row a lesion, or lesions that belong together
    ``totals_changed.csv``    one row for all, each side and each segment
    ``change.png``            both scans side by side on the planes of the first, lesions coloured by state
    ``states_before.*``       the rows of the table on the voxels of the first scan, and
    ``states_after.*``        of the second
    ``second_to_first.tfm``   the alignment, as ITK and 3D Slicer read it
    ========================  ===============================================================================

    Returns role (``picture``, ``before``, ``after``, ``transform``, ``lesions``, ``totals``, ``record``) to file.
    Raises OutputError if the folder cannot be written.
    """
    def write(temporary: Path) -> dict[str, Path]:
        written = {
            "picture": write_picture(change, temporary / "change.png"),
            "before": _write_rows(change, False, temporary / "states_before.nii.gz"),
            "after": _write_rows(change, True, temporary / "states_after.nii.gz"),
            "transform": _write_transform(change, temporary / "second_to_first.tfm"),
            "lesions": write_csv(temporary / "lesions_changed.csv", LESION_COLUMNS, lesion_rows(change)),
            "totals": write_csv(temporary / "totals_changed.csv", TOTAL_COLUMNS, total_rows(change)),
        }
        files = {role: path.name for role, path in written.items()}
        return written | {"record": write_record(change_record(change) | {"files": files}, temporary / RECORD)}

    return write_file_set(folder, write, WRITTEN, RECORD)


def _write_rows(change: Change, second: bool, path: Path) -> Path:
    """Write on the voxels of a scan which row of the table each lesion belongs to."""
    scan = change.second if second else change.first
    return write_volume(scan.ct.like((change.rows_of(second) + 1)[scan.labels]), path)


def _write_transform(change: Change, path: Path) -> Path:
    """Write the alignment. ITK keeps the map in which images are resampled: from the first scan to the second."""
    import SimpleITK as sitk  # noqa: N813

    to_second = change.alignment.inverse.moving_to_fixed
    affine = sitk.AffineTransform(3)
    affine.SetMatrix(to_second[:3, :3].ravel().tolist())
    affine.SetTranslation(to_second[:3, 3].tolist())
    sitk.WriteTransform(affine, str(path))
    return path


def lesion_rows(change: Change) -> list[dict[str, Any]]:
    """Return one row under :data:`LESION_COLUMNS` for every lesion, rounded for reading; None is unknown."""
    return [_lesion_row(lesion, change.years) for lesion in change.lesions]


def _lesion_row(lesion: LesionChange, years: float | None) -> dict[str, Any]:
    before, after = lesion.hu
    places = [round(float(v), 3) for center in lesion.centers_lps_mm for v in lps_to_ras(center)]
    values = (lesion.number, lesion.state.value, lesion.side.value, lesion.segment.name,
              *(" ".join(str(one.id) for one in lesions) for lesions in (lesion.before, lesion.after)),
              *_amounts(lesion.amounts, years, lesion.state), _rounded(before, 1), _rounded(after, 1),
              _rounded(lesion.hu_change, 1), _rounded(lesion.there_hu, 1), *places)
    return dict(zip(LESION_COLUMNS, values, strict=True))


def total_rows(change: Change) -> list[dict[str, Any]]:
    """Return one row under :data:`TOTAL_COLUMNS` for all, each side and each segment, rounded for reading."""
    parts = {"all": change.total, **{side.value: change.by_side[side] for side in Side},
             **{segment.name: change.by_segment[segment] for segment in SEGMENTS}}
    return [dict(zip(TOTAL_COLUMNS, (name, *_amounts(found, change.years)), strict=True))
            for name, found in parts.items()]


def _amounts(found: Amounts, years: float | None, state: State | None = None) -> tuple[Any, ...]:
    """Return the values of :data:`_AMOUNTS`, those that cannot be told of a lesion in this state left empty."""
    values = (_rounded(found.before_mm3, 4), _rounded(found.after_mm3, 4), _rounded(found.change_mm3, 4),
              _rounded(found.percent, 2), _rounded(found.noise.low_mm3, 4), _rounded(found.noise.high_mm3, 4),
              int(found.is_beyond_noise), found.trend.value, _rounded(found.annual_mm3(years), 4),
              _rounded(found.annual_percent(years), 2))
    told = _AMOUNTS.index(_UNTOLD_FROM[state]) if state in _UNTOLD_FROM else len(values)
    return *values[:told], *(None for _ in values[told:])


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits) + 0.0  # no minus zero


def change_record(change: Change) -> dict[str, Any]:
    """Return a change as JSON-ready values; None is unknown."""
    return {
        "format": FORMAT,
        "notice": change.second.notice or change.first.notice,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "software": {"icac": icac.__version__},
        "first": _scan(change.first, change.agatston[0]),
        "second": _scan(change.second, change.agatston[1]),
        "years": _rounded(change.years, 4),
        "alignment": {"second_to_first_lps_mm": [[round(float(v), 9) + 0.0 for v in row]
                                                 for row in change.alignment.moving_to_fixed],
                      "likeness": round(change.alignment.likeness, 4)},
        "notes": list(change.notes),
        "totals": total_rows(change),
        "states": {state.value: change.count(state) for state in State},
        "lesions": lesion_rows(change),
        "definitions": {**{state.value: words for state, words in DEFINITIONS.items()}, "matching": match.DEFINITION,
                        "noise": limits.DEFINITION,
                        "volume_mm3": "Voxels of the lesions x voxel volume, each on the voxels of its own scan."},
    }


def _scan(scan: MeasuredScan, agatston: float) -> dict[str, Any]:
    protocol, day = scan.protocol, scan.examination.date
    noise = protocol.noise_sd_hu
    return {
        "name": scan.name, "path": scan.path, "date": day.isoformat() if day else None,
        "voxels_sha256": scan.voxels_sha256, "volume_mm3": round(scan.volume_mm3, 4),
        "agatston_score": round(agatston, 4), "lesions": len(scan.lesions),
        "slice_thickness_mm": round(protocol.thickness_mm, 4), "noise_sd_hu": number_or_none(noise, 2),
        "kernel": protocol.kernel, "kvp": protocol.kv, "model": scan.method.model, "model_version": scan.method.version,
    }


def change_text(change: Change) -> str:
    """Return a change as lines of text."""
    first, second = change.first, change.second
    days = [scan.examination.date or "date unknown" for scan in (first, second)]
    between = f", {change.years:.1f} years" if change.years else ""
    lines = [f"From {first.name} ({days[0]}) to {second.name} ({days[1]}){between}",
             f"{'ICAC, mm3':<14}{'before':>9}{'after':>9}{'change':>9}{'percent':>9}   noise explains"]
    lines += [_amounts_line(name, found) for name, found in (
        ("all", change.total), *((f"  {side.value}", change.by_side[side]) for side in Side))]
    if change.years:
        lines.append(_yearly(change))
    lines.append("Lesions        " + (", ".join(f"{change.count(state)} {state.value}" for state in State
                                               if change.count(state)) or "none in either scan"))
    lines += [_lesion_line(lesion) for lesion in change.lesions]
    return "\n".join([*lines, *(f"Note: {note}" for note in change.notes)])


def _yearly(change: Change) -> str:
    percent = change.total.annual_percent(change.years)
    share = f" ({percent:+.1f} %)" if percent is not None else ""
    return f"A year         {change.total.annual_mm3(change.years):+.1f} mm3{share}"


def _amounts_line(name: str, found: Amounts, state: State | None = None) -> str:
    measured = f"{name:<14}{found.before_mm3:>9.1f}{found.after_mm3:>9.1f}"
    if state is State.OUTSIDE:
        return f"{measured}{'-':>9}{'-':>9}   -"
    percent = "-" if found.percent is None else f"{found.percent:+.0f} %"
    noise = f"{found.noise.low_mm3:+.1f} to {found.noise.high_mm3:+.1f}"
    verdict = "  beyond noise" if found.is_beyond_noise and state is not State.UNSURE else ""
    return f"{measured}{found.change_mm3:>+9.1f}{percent:>9}   {noise}{verdict}"


def _lesion_line(lesion: LesionChange) -> str:
    words = state_words(lesion.state, lesion.amounts.is_beyond_noise, lesion.amounts.trend)
    name = f"{lesion.number:>3} {lesion.side.value} {lesion.segment.name}"
    return f"{_amounts_line(name, lesion.amounts, lesion.state)}  {words}"
