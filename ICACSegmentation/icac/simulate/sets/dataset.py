"""Writing a simulated training set: one file a case and a manifest, in parallel.

A run that was stopped goes on where it was.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from icac.anatomy.arrays import arrays_of
from icac.errors import InputError, OutputError
from icac.files import open_arrays, read_csv, whole_file, write_csv
from icac.geometry import Frame, three
from icac.progress import Progress, Silent
from icac.simulate.sets.case_mix import CASE_MIXES, CaseMix
from icac.simulate.sets.parallel import run_jobs
from icac.simulate.truth.observers import check_count
from icac.splits import TRAIN, split_of_head
from icac.trainingset.case_scan import keeps_scan
from icac.trainingset.manifest import MANIFEST

if TYPE_CHECKING:
    from icac.simulate.patient.background import VoxelAnatomy

if TYPE_CHECKING:
    pass

#: Usual number of cases from one head, each time bent, resized, perhaps mirrored, with its own calcifications and scan.
CASES_PER_HEAD = 3

#: Of the heads, this share comes from real backgrounds where there are any.
REAL_SHARE = 0.15

#: Spread of the bends (mm) and sizes of the variants of a rendered head, and of a real one, of which there are few.
_BEND_MM, _SCALE_SD = 1.2, 0.025
_REAL_BEND_MM, _REAL_SCALE_SD = 2.5, 0.05


@dataclass(frozen=True)
class _HeadJob:
    """The cases of one head: what a worker does in one go."""

    folder: Path
    seed: int
    head: int
    cases: tuple[int, ...]
    real: Path | None
    with_scan: bool = False
    mix: CaseMix = CASE_MIXES["usual"]
    young: bool = False
    observers: int = 0

    @property
    def name(self) -> str:
        return f"head{self.head:04d}"

    def case_name(self, case: int) -> str:
        return f"{self.name}_{case}"

    def path(self, case: int) -> Path:
        return self.folder / f"{self.case_name(case)}.npz"


def write_training_set(folder: str | Path, n: int, seed: int = 0, workers: int = 1,
                       real_backgrounds: Sequence[str | Path] = (), progress: Progress | None = None,
                       cases_per_head: int = CASES_PER_HEAD, with_scan: bool = False, mix: str = "usual",
                       observers: int = 0) -> Path:
    """Write ``n`` simulated cases and their manifest.

    Every case is ``<case>.npz`` with ``hu`` (int16), ``label`` and ``artery`` (uint8), all (z, y, x) on
    :data:`icac.reference.grid.CASE_FRAME`, the true courses (:mod:`icac.anatomy.arrays`), and if wanted with
    its scan (:mod:`icac.trainingset.case_scan`). Cases that are complete are kept, so a stopped run can be repeated.

    Parameters
    ----------
    folder : str or Path
        Made if it does not exist.
    n : int
        Number of cases, 1 or more.
    seed : int
        Same seed, same cases, whatever the number of workers.
    workers : int
        Processes; each needs about 2 GB of memory and one core.
    real_backgrounds : sequence of path
        Folders of real scans without ICAC (see :mod:`icac.simulate.patient.real_background`).
    progress : Progress, optional
    cases_per_head : int
        A head takes as long as a scan of it: several cases a head are made faster, one a head are more patients.
    with_scan : bool
        Keep the part of the scan around the carotids too (about 15 MB a case), to judge a model on its voxels.
    mix : str
        Of which patients and scans, see :data:`icac.simulate.sets.case_mix.CASE_MIXES`.
    observers : int
        So many simulated observers draw each case (:mod:`icac.simulate.truth.observers`): the label is what the first
        drew; what each drew, and the truth, are kept beside it (:mod:`icac.trainingset.drawings`).

    Returns
    -------
    Path
        The manifest, a CSV file with a row for each case.

    Raises
    ------
    InputError
        If ``n``, ``workers`` or ``cases_per_head`` is not positive, there are too many observers, or a real background
        cannot be read.
    OutputError
        If the folder cannot be written, or holds another set.

    """
    if n < 1 or workers < 1:
        raise InputError(f"A training set needs at least one case and one worker, not {n} and {workers}.")
    if cases_per_head < 1:
        raise InputError(f"At least one case is made from a head, not {cases_per_head}.")
    if observers:
        check_count(observers)
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: this folder for the training set cannot be made ({error.strerror}).") from error
    jobs = [replace(job, observers=observers) for job in _jobs(
        folder, n, seed, [Path(path) for path in real_backgrounds], cases_per_head, with_scan, CASE_MIXES[mix])]
    progress = progress or Silent()
    manifest = folder / MANIFEST
    _refuse_other_set(manifest, seed)
    rows: dict[str, dict] = {}
    for done, head_rows in enumerate(run_jobs(_make_head, jobs, workers), start=1):
        rows.update({row["case"]: row for row in head_rows})
        columns = dict.fromkeys(name for row in rows.values() for name in row)
        write_csv(manifest, list(columns), [rows[name] for name in sorted(rows)])
        progress.update("Simulate", done / len(jobs), f"{len(rows)} of {n} cases")
    return manifest


def _refuse_other_set(manifest: Path, seed: int) -> None:
    """Refuse a folder with cases of others, or of another seed, which would be taken for those that are wanted."""
    seeds = {row.get("seed", "") for row in read_csv(manifest).rows} if manifest.is_file() else set()
    if seeds - {str(seed)}:
        named = ", ".join(sorted(seeds - {""}))
        raise OutputError(f"{manifest} lists other cases{f' (seed {named})' if named else ''}; choose another folder "
                          f"for those of seed {seed}.")


def _jobs(folder: Path, n: int, seed: int, real: Sequence[Path], per_head: int = CASES_PER_HEAD,
          with_scan: bool = False, mix: CaseMix = CASE_MIXES["usual"]) -> list[_HeadJob]:
    jobs = []
    for head in range(-(-n // per_head)):
        cases = tuple(range(min(per_head, n - head * per_head)))
        rng = np.random.default_rng((seed, head))
        # Real heads are few: they are for training only, never for validation or test.
        use_real = bool(real) and split_of_head(head) == TRAIN and rng.random() < REAL_SHARE
        source = real[int(rng.integers(len(real)))] if use_real else None
        jobs.append(_HeadJob(folder, seed, head, cases, source, with_scan, mix,
                             source is None and mix.draws_young(rng)))
    return jobs


def _make_head(job: _HeadJob) -> list[dict]:
    """Make the missing cases of a head and return the manifest rows of all."""
    read = {case: _read_facts(job.path(case), job.with_scan, job.observers) for case in job.cases}
    facts = {case: found for case, found in read.items() if found is not None}
    missing = [case for case in job.cases if case not in facts]
    if missing:
        source, bend_mm, scale_sd = _source(job)
        for case in missing:
            facts[case] = _make_case(job, case, source, bend_mm, scale_sd)
    return [{"case": job.case_name(case), "split": split_of_head(job.head),
             "image": job.path(case).name, "patient": job.real.name if job.real else job.name, **facts[case]}
            for case in job.cases]


def _source(job: _HeadJob) -> tuple[VoxelAnatomy, float, float]:
    """Return the voxels of a head, and the spread of bends (mm) and sizes of its variants."""
    from icac.phantom import sample_head
    from icac.simulate.cases.training_case import SCAN_REGION
    from icac.simulate.patient.background import voxelise
    from icac.simulate.patient.real_background import load_real_background

    if job.real:
        return load_real_background(job.real), _REAL_BEND_MM, _REAL_SCALE_SD
    size = three(int(2 * (side - 1) + 1) for side in SCAN_REGION.size)
    frame = Frame.regular((0.5,) * 3, size, origin=SCAN_REGION.origin)
    return voxelise(sample_head(np.random.default_rng((job.seed, job.head, 1)), job.young), frame), _BEND_MM, _SCALE_SD


def _make_case(job: _HeadJob, case: int, source: VoxelAnatomy, bend_mm: float, scale_sd: float) -> dict:
    from icac.simulate.cases.training_case import make_training_case

    rng = np.random.default_rng((job.seed, job.head, 2, case))
    wish = job.mix.draw(rng, job.young)
    made = make_training_case(source.varied(rng, bend_mm, scale_sd), rng, *wish, observers=job.observers)
    facts = {"seed": job.seed, "background": "real" if job.real else "parametric",
             "young": int(job.young), **made.facts, **({"observers": job.observers} if job.observers else {})}
    drawings = made.drawings.arrays(job.with_scan, job.observers) if made.drawings else {}
    _write_npz(job.path(case), {"hu": made.hu, "label": made.label, "artery": made.artery, **arrays_of(made.courses),
                                **(made.scan.arrays() if job.with_scan else {}), **drawings,
                                "facts": np.array(json.dumps(facts))})
    return facts


def _read_facts(path: Path, with_scan: bool = False, observers: int = 0) -> dict | None:
    """Return the facts of a case that is complete, with its scan if that is wanted, or None."""
    try:
        with open_arrays(path) as file:
            complete = {"hu", "label", "artery"} <= set(file) and (keeps_scan(file) or not with_scan)
            facts = json.loads(str(file["facts"])) if complete else None
            return facts if facts and facts.get("observers", 0) == observers else None
    except (OSError, ValueError):
        return None


def _write_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write an ``.npz`` with light, fast compression, complete or not at all."""
    with (whole_file(path) as temporary,
          zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive):
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.asarray(array, order="C"), allow_pickle=False)
