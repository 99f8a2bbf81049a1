"""Writing a cohort of simulated patients: a folder a case and one table, in parallel, one case in memory a worker.

A run that was stopped goes on where it was; cases that are complete are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from icac import __version__
from icac.choices import MIXED, PROTOCOLS, SCAN_FORMATS
from icac.errors import InputError, OutputError
from icac.files import load_json, sweep, write_csv, write_json
from icac.progress import Progress, Silent
from icac.simulate.sets.case_files import read_record, write_case
from icac.simulate.sets.case_mix import CASE_MIXES
from icac.simulate.sets.parallel import run_jobs
from icac.simulate.truth.observers import check_count
from icac.splits import TRAIN, split_of_head

if TYPE_CHECKING:
    from icac.simulate.cases.cohort_case import CohortCase

#: What a cohort is, so that a run that goes on does not mix two.
PLAN = "cohort.json"
TABLE = "cohort.csv"

#: The table is written again after so many cases, and at the end.
_TABLE_EVERY = 25


@dataclass(frozen=True)
class Plan:
    """What makes the cases of a cohort; their number does not matter.

    Attributes
    ----------
    seed : int
    protocol : str
        ``rotterdam``, ``stroke``, ``routine`` or ``mixed``.
    format : str
        ``nifti`` or ``dicom``.
    backgrounds : tuple of str
        Real scans into which calcifications are implanted; empty for simulated heads.
    observers : int
        So many simulated observers draw each case; only of simulated heads.

    """

    seed: int
    protocol: str
    format: str
    backgrounds: tuple[str, ...] = ()
    observers: int = 0

    def __post_init__(self) -> None:
        if self.observers:
            check_count(self.observers)
        if self.observers and self.backgrounds:
            raise InputError("Observers draw simulated heads only; leave out --observers or --background.")
        if self.protocol not in (*PROTOCOLS, MIXED):
            raise InputError(f"There is no protocol '{self.protocol}'; choose one of {', '.join((*PROTOCOLS, MIXED))}.")
        if self.format not in SCAN_FORMATS:
            raise InputError(f"There is no format '{self.format}'; choose one of {', '.join(SCAN_FORMATS)}.")


@dataclass(frozen=True)
class _Job:
    folder: Path
    plan: Plan
    number: int

    @property
    def name(self) -> str:
        return f"case{self.number:05d}"

    @property
    def protocol(self) -> str:
        if self.plan.protocol != MIXED:
            return self.plan.protocol
        rng = np.random.default_rng((self.plan.seed, self.number, 3))
        return CASE_MIXES["usual"].draw(rng).protocol

    @property
    def background(self) -> str | None:
        backgrounds = self.plan.backgrounds
        return backgrounds[self.number % len(backgrounds)] if backgrounds else None

    @property
    def origin(self) -> dict:
        return {"seed": self.plan.seed, "number": self.number, "protocol": self.protocol, "format": self.plan.format}


def write_cohort(folder: str | Path, n: int, plan: Plan, workers: int = 1, progress: Progress | None = None) -> Path:
    """Write ``n`` cases, ``<folder>/case00000`` and so on, and their table.

    Parameters
    ----------
    folder : str or Path
        Made if it does not exist. Complete cases of the same plan are kept.
    n : int
        Number of cases, 1 or more.
    plan : Plan
        Same plan, same cases, whatever ``n`` and the number of workers.
    workers : int
        Processes; each needs one core and, for whole heads of thin slices, about 2 GB of memory.
    progress : Progress, optional

    Returns
    -------
    Path
        The table, a CSV file with a row a case. It is a manifest for ``icac train`` too.

    Raises
    ------
    InputError
        If a number is not positive, the folder holds another cohort, or a background cannot be used.
    RegistrationError
        If no skull base is found in a background.
    OutputError
        If the folder cannot be written.

    """
    if n < 1 or workers < 1:
        raise InputError(f"A cohort needs at least one case and one worker, not {n} and {workers}.")
    folder = Path(folder)
    _prepare(folder, plan)
    progress = progress or Silent()
    progress.update("Simulate", 0.0, f"0 of {n} cases")
    rows: dict[str, dict] = {}
    try:
        for row in run_jobs(_make_case, _jobs(folder, plan, n), min(workers, n)):
            rows[row["case"]] = row
            if len(rows) % _TABLE_EVERY == 0 or len(rows) == n:
                _write_table(folder / TABLE, [rows[name] for name in sorted(rows)])
            progress.update("Simulate", len(rows) / n, f"{len(rows)} of {n} cases")
    finally:
        sweep(folder)
        if not any(folder.glob("case*")):
            (folder / PLAN).unlink()
    return folder / TABLE


def _jobs(folder: Path, plan: Plan, n: int) -> Iterator[_Job]:
    return (_Job(folder, plan, number) for number in range(n))


def _prepare(folder: Path, plan: Plan) -> None:
    """Make the folder, or check that it holds the same cohort."""
    wanted = {"icac_version": __version__, **asdict(plan), "backgrounds": list(plan.backgrounds)}
    path = folder / PLAN
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists():
            _check_plan(path, wanted)
        write_json(path, wanted, indent=1)
    except OSError as error:
        raise OutputError(f"{folder}: this folder for the cohort cannot be written ({error.strerror}).") from error
    sweep(folder)


def _check_plan(path: Path, wanted: dict) -> None:
    try:
        found = dict(load_json(path))
    except (TypeError, ValueError) as error:
        raise InputError(f"{path} is damaged, so its cohort cannot go on; choose another folder.") from error
    found.setdefault("observers", 0)  # cohorts from before there were any
    for key, value in wanted.items():
        if found.get(key) != value:
            raise InputError(f"{path.parent} holds a cohort with {key.replace('_', ' ')} {found.get(key)!r}, not "
                             f"{value!r}; choose another folder, or repeat the command that made it.")


def _make_case(job: _Job) -> dict:
    """Make a case unless it is complete; return its row of the table."""
    record = read_record(job.folder / job.name)
    if record is None or any(record.get(key) != value for key, value in job.origin.items()):
        rng = np.random.default_rng((job.plan.seed, job.number))
        dicom = job.plan.format == "dicom"
        record = write_case(job.folder, job.name, _case(job, rng, dicom), dicom, job.origin)
    return _row(job, record)


def _case(job: _Job, rng: np.random.Generator, dicom: bool) -> CohortCase:
    if job.background:
        from icac.simulate.implant.implant import implant_case

        return implant_case(job.background, rng, job.protocol, dicom)
    from icac.simulate.cases.cohort_case import simulate_case

    return simulate_case(rng, job.protocol, dicom, observers=job.plan.observers)


def _row(job: _Job, record: dict) -> dict:
    """Return the row of a case; everything is taken from its record."""
    volume, acquisition, background = record["volume_mm3"], record["acquisition"], record.get("background")
    # Cases in one real head are one patient; they are for training only, never for validation or test.
    row: dict[str, Any] = {"case": job.name, "split": TRAIN if background else split_of_head(job.number),
                           "patient": f"background {background['sha256'][:12]}" if background else job.name}
    row |= {name: f"{job.name}/{record['files'][key]}" for name, key in
            (("image", "ct"), ("label", "roi"), ("truth", "labels"), *_observers(record))}
    row |= {key: record[key] for key in ("protocol", "seed", "number")}
    row |= {"volume_mm3": volume["total"], "right_mm3": volume["right"], "left_mm3": volume["left"]}
    row |= {f"{side}_{segment}_mm3": value for side, segments in volume["segments"].items()
            for segment, value in segments.items()}
    row |= {"not_visible_mm3": volume["not_visible"],
            "lesions": sum(lesion["visible"] for lesion in record["lesions"]),
            "pattern": record["drawn"]["pattern"], "drawn_mm3": round(sum(record["drawn"]["volume_mm3"].values()), 3),
            "mimics": "; ".join(sorted({mimic["name"] for mimic in record.get("mimics", ())})),
            "background": background["path"] if background else "simulated head"}
    kernel = acquisition["kernel"]
    row |= {key: _rounded(acquisition.get(key)) for key in
            ("pixel_mm", "thickness_mm", "increment_mm", "later_increment_mm", "tilt_deg", "kv", "noise_sd")}
    return row | {"kernel_fwhm_mm": _rounded(kernel["fwhm_mm"]), "edge_gain": _rounded(kernel["edge_gain"])}


def _observers(record: dict) -> list[tuple[str, str]]:
    """Return column and key of each file of what observers drew."""
    return [(name, name) for name in record["files"] if name.startswith("observer")]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _write_table(path: Path, rows: Sequence[dict]) -> None:
    write_csv(path, list(rows[0]), rows)
