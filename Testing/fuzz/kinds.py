"""The kinds of files that are read: how a whole one is made, how it is damaged, and what reads it."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from Testing.fuzz import readers, whole_dicom, whole_images, whole_records
from Testing.fuzz.damaged_arrays import damage_arrays
from Testing.fuzz.damaged_bytes import damage_bytes
from Testing.fuzz.damaged_dicom import damage_dicom
from Testing.fuzz.damaged_nifti import damage_compressed_nifti, damage_nifti
from Testing.fuzz.damaged_place import damage_folder, damage_place
from Testing.fuzz.damaged_table import damage_table
from Testing.fuzz.damaged_text import damage_text
from Testing.fuzz.damaged_tree import damage_json, damage_tree, to_json

#: Share of the mutants of files of which the place is damaged and not the content.
_PLACES = 0.02


@dataclass(frozen=True)
class Kind:
    """A kind of input.

    Attributes
    ----------
    make : callable
        Writes a whole input into an empty folder and returns the path of what is damaged and read.
    damage : callable
        Damages what is at that path.
    read : callable
        Reads from that path: returns, or raises an IcacError.
    writes : tuple of str
        Names in the folder that reading may write or change. Everything else must stay as it is.

    """

    make: Callable[[Path], Path]
    damage: Callable[[Path, Random], None]
    read: Callable[[Path], None]
    writes: tuple[str, ...] = ()


def _content(damage: Callable[[bytes, Random], bytes]) -> Callable[[Path, Random], None]:
    """Damage the content of a file, now and then its place."""
    def damaged(path: Path, rng: Random) -> None:
        if rng.random() < _PLACES:
            damage_place(path, rng)
        else:
            path.write_bytes(damage(path.read_bytes(), rng))

    return damaged


def _header(end: bytes) -> Callable[[Path, Random], None]:
    """Damage the lines of a header that ends with a text; the voxels behind it seldom."""
    def damaged(data: bytes, rng: Random) -> bytes:
        header, mark, voxels = data.partition(end)
        if rng.random() < 0.2:
            voxels = damage_bytes(voxels, rng) if voxels else voxels
        return damage_bytes(data, rng, 400) if rng.random() < 0.15 else damage_text(header + mark, rng) + voxels

    return _content(damaged)


def _tree(data: bytes, rng: Random) -> bytes:
    return damage_json(json.loads(data), rng)


def _file(name: str, make: Callable[[Path], object]) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        make(folder / name)
        return folder / name

    return made


def _table(rows: tuple[tuple[str, ...], ...], name: str = "table.csv") -> dict[str, Any]:
    def make(folder: Path) -> Path:
        whole_records.write_results(folder / "results")
        (folder / name).write_text("\n".join(map(",".join, rows)), encoding="utf-8")
        return folder / name

    return {"make": make, "damage": lambda path, rng: path.write_bytes(damage_table(list(map(list, rows)), rng))}


def _make_sidecar(folder: Path) -> Path:
    whole_images.write_ct(folder / "scan.nii")
    fields = {"Modality": "CT", "Manufacturer": "X", "SeriesDescription": "Head", "ConvolutionKernel": ["H31s", "2"],
              "KVP": 120, "SliceThickness": 2.5, "SeriesNumber": 2, "ContrastBolusIngredient": "IODINE"}
    (folder / "scan.json").write_text(json.dumps(fields), encoding="utf-8")
    return folder / "scan.json"


def _make_report(folder: Path) -> Path:
    return whole_records.write_results(folder / "results") / "report.json"


def _make_in_worklist(name: str, folder: Path) -> Path:
    worklist = whole_records.write_worklist(folder / "worklist")
    return worklist / name if name == "reading.json" else worklist / "readers/r" / name


def _make_lock(folder: Path) -> Path:
    holder = {"annotator": "S", "account": "s", "host": "elsewhere", "process": 1, "token": "00",
              "since": "2026-01-01T00:00:00+00:00"}
    path = whole_records.write_worklist(folder / "worklist") / "readers/r/open.lock"
    path.write_text(json.dumps(holder), encoding="utf-8")
    return path


def _damage_revised(path: Path, rng: Random) -> None:
    """Damage a file that carries its own checksum; half of the time the checksum is right."""
    whole = json.loads(path.read_bytes())
    data = damage_json(whole, rng)
    if rng.random() < 0.5:
        try:
            content = json.loads(to_json(damage_tree(whole["content"], rng)))
            text = json.dumps(content, sort_keys=True)
            data = to_json({"revision": whole["revision"] + 1, "content": content,
                            "sha256": hashlib.sha256(text.encode()).hexdigest()})
        except (ValueError, RecursionError):
            pass  # no text of JSON: damaged as a file
    path.write_bytes(data)
    previous = path.with_name(f"{path.name}.previous")
    if rng.random() < 0.5:
        previous.unlink(missing_ok=True)


def _damage_model(folder: Path, rng: Random) -> None:
    """Damage the description, the gate or the weights of a package; often the checksum of the weights is right."""
    description, weights, gate = (folder / name for name in ("model.json", "weights.safetensors", "gate.json"))
    if rng.random() < 0.25:
        gate.write_bytes(damage_json(json.loads(gate.read_bytes()), rng))
        return
    spec = json.loads(description.read_bytes())
    if rng.random() < 0.5:
        description.write_bytes(damage_json(spec, rng))
        return
    data = weights.read_bytes()
    length = int.from_bytes(data[:8], "little")
    if rng.random() < 0.5:
        header = to_json(damage_tree(json.loads(data[8:8 + length]), rng))
        data = len(header).to_bytes(8, "little") + header + data[8 + length:]
    else:
        data = damage_bytes(data, rng, rng.choice((8, 8 + length, len(data))))
    weights.write_bytes(data)
    if rng.random() < 0.7:
        spec["weights"] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        description.write_text(json.dumps(spec), encoding="utf-8")


def _damage_archive(path: Path, rng: Random) -> None:
    """Damage the archive of a package, what is in it, or the names in it."""
    folder = path.with_suffix("")
    if rng.random() < 0.6:
        _damage_model(folder, rng)
    names = [f"tiny/{file.name}" for file in sorted(folder.iterdir())]
    if rng.random() < 0.3:
        names[rng.randrange(2)] = rng.choice(("../../evil", "/evil", "C:/evil", "tiny/../../evil", "a\\..\\evil", "x",
                                              "tiny/" + "a" * 300, "other/model.json", "tiny/model.json", "model.json"))
    with zipfile.ZipFile(path, "w", rng.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))) as archive:
        for name, file in zip(names, sorted(folder.iterdir()), strict=True):
            archive.writestr(name, file.read_bytes())
    if rng.random() < 0.4:
        path.write_bytes(damage_bytes(path.read_bytes(), rng))


def _make_archive(folder: Path) -> Path:
    package = whole_records.write_model(folder / "tiny")
    with zipfile.ZipFile(folder / "tiny.zip", "w") as archive:
        for file in package.iterdir():
            archive.write(file, f"tiny/{file.name}")
    return folder / "tiny.zip"


def _make_outcomes(folder: Path) -> Path:
    whole_records.write_cohort(folder / "cohort")
    return _table(whole_records.OUTCOMES)["make"](folder)


def _damage_cohort(folder: Path, rng: Random) -> None:
    files = sorted(folder.rglob("*.json"))
    _content(_tree)(rng.choice(files), rng)


_SETTINGS = {"preset": "release", "seed": 2, "sampling": {"batch": 2}, "minutes": 3}
_damage_series = partial(damage_folder, damage=damage_dicom)
_NRRD, _META, _NO_END = b"\n\n", b"LOCAL\n", b"\0no such end\0"


def _detached(name: str) -> Callable[[Path], Path]:
    """A header whose voxels lie in a second file."""
    return _file(name, whole_images.write_raw_nrrd)


KINDS: dict[str, Kind] = {
    "nifti": Kind(_file("scan.nii", whole_images.write_ct), _content(damage_nifti), readers.as_ct),
    "nifti_compressed": Kind(_file("scan.nii.gz", whole_images.write_ct), _content(damage_compressed_nifti),
                             readers.as_ct),
    "nifti_sheared": Kind(_file("scan.nii", whole_images.write_sheared), _content(damage_nifti), readers.as_ct),
    "nifti_real": Kind(_file("scan.nii", whole_images.write_real_valued), _content(damage_nifti), readers.as_ct),
    "nrrd": Kind(_file("scan.nrrd", whole_images.write_raw_nrrd), _header(_NRRD), readers.as_ct),
    "nrrd_compressed": Kind(_file("scan.nrrd", whole_images.write_ct), _header(_NRRD), readers.as_ct),
    "nrrd_detached": Kind(_detached("scan.nhdr"), _header(_NO_END), readers.as_ct),
    "metaimage": Kind(_file("scan.mha", whole_images.write_ct), _header(_META), readers.as_ct),
    "metaimage_detached": Kind(_detached("scan.mhd"), _header(_NO_END), readers.as_ct),
    "dicom_series": Kind(_file("series", whole_dicom.write_series), _damage_series, readers.as_ct),
    "dicom_deflated": Kind(_file("series", whole_dicom.write_deflated), _damage_series, readers.as_ct),
    "dicom_rle": Kind(_file("series", whole_dicom.write_rle), _damage_series, readers.as_ct),
    "dicom_jpeg2000": Kind(_file("series", whole_dicom.write_jpeg2000), _damage_series, readers.as_ct),
    "dicom_enhanced": Kind(_file("scan.dcm", whole_dicom.write_enhanced), _content(damage_dicom), readers.as_ct),
    "dicom_seg": Kind(_file("seg.dcm", whole_dicom.write_seg), _content(damage_dicom), readers.as_segment),
    "sidecar": Kind(_make_sidecar, _content(_tree), readers.as_sidecar),
    "mask_nifti": Kind(_file("mask.nii.gz", whole_images.write_mask), _content(damage_compressed_nifti),
                       readers.as_mask),
    "mask_metaimage": Kind(_file("mask.mha", whole_images.write_mask), _header(_META), readers.as_mask),
    "mask_segments": Kind(_file("mask.seg.nrrd", whole_images.write_segments), _header(_NRRD), readers.as_segment),
    "report": Kind(_make_report, _content(_tree), readers.as_report),
    "review": Kind(_file("review.json", whole_records.write_review), _content(_tree), readers.as_review),
    "worklist": Kind(partial(_make_in_worklist, "worklist.json"), _damage_revised, readers.as_worklist, ("worklist",)),
    "worklist_state": Kind(partial(_make_in_worklist, "cases/a/state.json"), _damage_revised, readers.as_worklist,
                           ("worklist",)),
    "worklist_review": Kind(partial(_make_in_worklist, "cases/b/review.json"), _damage_revised, readers.as_worklist,
                            ("worklist",)),
    "worklist_design": Kind(partial(_make_in_worklist, "reading.json"), _damage_revised, readers.as_worklist,
                            ("worklist",)),
    "worklist_blinded": Kind(partial(_make_in_worklist, "blinded-R.json"), _damage_revised, readers.as_worklist,
                             ("worklist",)),
    "worklist_lock": Kind(_make_lock, _content(_tree), readers.as_lock, ("worklist",)),
    "worklist_table": Kind(**_table(whole_records.WORKLIST), read=readers.as_worklist_table),
    "manifest": Kind(**_table(whole_records.MANIFEST), read=readers.as_manifest),
    "cohort_table": Kind(**_table(whole_records.SCANS), read=readers.as_cohort_table),
    "evaluation_table": Kind(**_table(whole_records.CASES), read=readers.as_evaluation_table),
    "decisions": Kind(**_table(whole_records.DECISIONS), read=readers.as_decisions),
    "earlier_run": Kind(**_table(whole_records.RUN, "cases.csv"), read=readers.as_earlier_run),
    "compared_result": Kind(_make_report, _content(_tree), readers.as_compared),
    "norms": Kind(_file("norms.json", whole_records.write_norms), _content(_tree), readers.as_norms),
    "people": Kind(**_table(whole_records.PEOPLE), read=readers.as_people),
    "outcomes": Kind(_make_outcomes, _table(whole_records.OUTCOMES)["damage"], readers.as_outcomes, ("cohort",)),
    "cohort": Kind(_file("cohort", whole_records.write_cohort), _damage_cohort, readers.as_cohort, ("cohort",)),
    "training_case": Kind(_file("case.npz", whole_records.write_training_case), _content(damage_arrays),
                          readers.as_training_case),
    "training_case_scan": Kind(_file("case.npz", whole_records.write_case_with_scan), _content(damage_arrays),
                               readers.as_case_scan),
    "wrong_voxels": Kind(_file("wrong.npz", whole_records.write_wrong_voxels), _content(damage_arrays),
                         readers.as_wrong_voxels),
    "checkpoint": Kind(_file("last.pt", whole_records.write_checkpoint), _content(damage_bytes),
                       readers.as_checkpoint),
    "finished_part": Kind(_file("finished.json", whole_records.write_finished_part), _content(_tree),
                          readers.as_finished_part),
    "training_settings": Kind(_file("settings.json", lambda path: path.write_text(json.dumps(_SETTINGS))),
                              _content(_tree), readers.as_training_settings),
    "score_rules": Kind(_file("rules.json", whole_records.write_score_rules), _content(_tree), readers.as_score_rules),
    "score_readings": Kind(_file("scores.json", whole_records.write_score_readings), _content(_tree),
                           readers.as_score_readings, ("scores.json",)),
    "model": Kind(_file("tiny", whole_records.write_model), _damage_model, readers.as_model, ("out",)),
    "model_archive": Kind(_make_archive, _damage_archive, readers.as_model, ("out",)),
}
