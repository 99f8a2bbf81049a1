"""The files of one case of a cohort: written in a hidden folder that gets its name when it is complete."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from icac import __version__
from icac.anatomy import SEGMENTS, Side
from icac.ct import write_volume
from icac.files import load_json, whole_folder, write_csv
from icac.geometry import Volume
from icac.geometry.box import Box, bounding_box, whole_box, widen
from icac.lesions.contact import bone_contact
from icac.lesions.measure import NEIGHBOURS
from icac.simulate.cases.cohort_case import CohortCase
from icac.simulate.sets.dicom_series import write_series

#: Form of the record; cases of another form are made again.
RECORD_VERSION = 3
RECORD = "truth.json"


def write_case(folder: Path, name: str, case: CohortCase, dicom: bool, origin: dict) -> dict:
    """Write a case to ``folder/name``, complete or not at all.

    =====================  ====================================================================================
    ``ct.nii.gz`` or       the CT: NIfTI, NRRD where the gantry is tilted (NIfTI readers would bend it), or the
    ``ct.nrrd`` or ``ct/`` folder of a DICOM series
    ``icac.nii.gz``        exact lesions: number of the lesion; what an observer cannot see is left out
    ``roi.nii.gz``         region that an observer would draw; 130 HU and more in it is ICAC
    ``observer1.nii.gz``   if that was wanted, what each of several observers drew, and as ``observers_mean.nii.gz`` the
                           share of them that drew a voxel
    ``lesions.csv``        one row a lesion
    ``truth.json``         everything that is known
    =====================  ====================================================================================

    Parameters
    ----------
    folder : Path
    name : str
    case : CohortCase
    dicom : bool
    origin : dict
        Seed, protocol and number, as they identify the case; also makes the DICOM UIDs.

    Returns
    -------
    dict
        The record, as in ``truth.json``.

    Raises
    ------
    OutputError
        If it cannot be written.

    """
    with whole_folder(folder / name) as made:
        return _write_files(made, name, case, dicom, origin)


def read_record(folder: Path) -> dict | None:
    """Return the record of a complete case, or None."""
    try:
        record = load_json(folder / RECORD)
        complete = record["record_version"] == RECORD_VERSION and all((folder / f).exists()
                                                                       for f in record["files"].values())
        return record if complete else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_files(folder: Path, name: str, case: CohortCase, dicom: bool, origin: dict) -> dict:
    if dicom:
        (folder / "ct").mkdir()
        write_series(folder / "ct", case.slices, name, json.dumps([name, origin]), **_dicom_elements(case))
        files = {"ct": "ct"}
    else:
        files = {"ct": write_volume(case.ct, folder / "ct.nii.gz").name}
    files["labels"] = write_volume(case.icac, folder / "icac.nii.gz").name
    files["roi"] = write_volume(case.roi, folder / "roi.nii.gz").name
    files |= _write_observers(folder, case.observers)
    lesions = _lesion_rows(case)
    files["lesions"] = _write_table(folder / "lesions.csv", lesions)
    record = {"record_version": RECORD_VERSION, "case": name, "icac_version": __version__, **origin,
              "files": files, "volume_mm3": _volumes(lesions), "lesions": lesions,
              "drawn": {"pattern": case.burden.pattern,
                        "volume_mm3": {side.value: round(v, 3) for side, v in case.burden.volume_mm3.items()}},
              "voxels": {"size": list(case.ct.frame.size), "spacing_mm": [round(s, 4) for s in case.ct.frame.spacing],
                         "volume_mm3": case.ct.frame.voxel_volume_mm3, "sheared": case.ct.frame.is_sheared},
              **({"observers_mm3": [_volume_mm3(one) for one in case.observers]} if case.observers else {}),
              **case.facts}
    (folder / RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")
    return record


def _write_observers(folder: Path, drawn: Sequence[Volume]) -> dict[str, str]:
    """Write what observers drew and their mean, if there are any; return the names of the files."""
    files = {f"observer{number}": one for number, one in enumerate(drawn, start=1)}
    if drawn:
        files["observers_mean"] = drawn[0].like(np.stack([one.array for one in drawn]).mean(0).astype(np.float32))
    return {name: write_volume(volume, folder / f"{name}.nii.gz").name for name, volume in files.items()}


def _volume_mm3(mask: Volume) -> float:
    return round(float(np.count_nonzero(mask.array)) * mask.frame.voxel_volume_mm3, 3)


def _dicom_elements(case: CohortCase) -> dict:
    acquisition = case.facts["acquisition"]
    elements: dict[str, Any] = {"SeriesDescription": f"Simulated {acquisition['protocol']} head CT",
                "ConvolutionKernel": f"SIM{acquisition['kernel']['fwhm_mm']:.2f}"}
    if "kv" in acquisition:
        elements["KVP"] = acquisition["kv"]
    if "tilt_deg" in acquisition:
        elements["GantryDetectorTilt"] = f"{acquisition['tilt_deg']:.3f}"
    if "background" in case.facts:
        elements |= {"ImageType": ["DERIVED", "SECONDARY", "AXIAL"], "DeidentificationMethod": "Patient IDs replaced.",
                     "SeriesDescription": "CT with simulated calcifications"}
    return elements


def _lesion_rows(case: CohortCase) -> list[dict]:
    """Return what is known of each lesion, with its CT numbers and contact with bone in the scan."""
    near = _and_neighbours(case.labels.array > 0)
    labels, hu = case.labels.array[near], case.ct.array[near]
    rows = []
    for lesion in case.lesions:
        row = asdict(lesion)
        x, y, z = row.pop("centre_lps_mm")
        row |= {"x_lps_mm": x, "y_lps_mm": y, "z_lps_mm": z, "mean_hu": None, "peak_hu": None, "bone_contact": None}
        if lesion.voxels:
            box = _and_neighbours(labels == lesion.label)
            mask = labels[box] == lesion.label
            values, other = hu[box], (labels[box] > 0) & ~mask
            row |= {"mean_hu": round(float(values[mask].mean()), 1), "peak_hu": round(float(values[mask].max()), 1),
                    "bone_contact": round(bone_contact(mask, np.where(other, 0, values), case.ct.frame), 3)}
        rows.append(row)
    return rows


def _and_neighbours(mask: np.ndarray) -> Box:
    """Return the box of a mask with the neighbours of its voxels; an empty box for an empty mask."""
    box = bounding_box(mask)
    return whole_box((0, 0, 0)) if box is None else widen(box, NEIGHBOURS, mask.shape)


def _volumes(lesions: list[dict]) -> dict:
    def total(visible: bool = True, **wanted: str) -> float:
        return round(sum(row["volume_mm3"] for row in lesions if row["visible"] is visible
                         and all(row[key] == value for key, value in wanted.items())), 3)

    return {"total": total(), "not_visible": total(visible=False),
            **{side.value: total(side=side.value) for side in Side},
            "segments": {side.value: {s.name: total(side=side.value, segment=s.name) for s in SEGMENTS}
                         for side in Side}}


def _write_table(path: Path, rows: list[dict]) -> str:
    columns = list(rows[0]) if rows else ["label", "side", "segment", "kind", "layer", "voxels", "volume_mm3"]
    return write_csv(path, columns, rows).name
