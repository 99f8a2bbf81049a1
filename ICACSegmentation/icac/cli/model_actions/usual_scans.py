"""Usual scans as the command line names them, and what a network sees in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from icac.errors import InputError
from icac.files import read_csv
from icac.ood.fit import check_enough
from icac.progress import Progress
from icac.settings import USUAL

if TYPE_CHECKING:
    from icac.models import ModelPackage
    from icac.trainingset.manifest import ManifestCase


@dataclass(frozen=True, eq=False)
class Seen:
    """Features of usual scans.

    Attributes
    ----------
    features : numpy.ndarray
        (n, f).
    patients : list of str
        Whose each scan is.
    described : str
        What they are.

    """

    features: np.ndarray
    patients: list[str]
    described: str


@dataclass(frozen=True)
class _Named:
    """A training case, or a scan and its series, and whose it is."""

    patient: str
    case: ManifestCase | None = None
    scan: tuple[Path, str] | None = None


def look_at(sources: Sequence[str], package: ModelPackage, device: str, false_alarms: float, most: int | None,
            cache: Path | None, progress: Progress) -> Seen:
    """Look at usual scans through the network of a model.

    Parameters
    ----------
    sources : sequence of str
        Manifests of training cases or folders with one, folders of scans, tables with the column ``path``.
    package : ModelPackage
    device : str
        As of ``--device``.
    false_alarms : float
        Share of them that may be warned of, for which there must be enough.
    most : int, optional
        So many at most, drawn at random.
    cache : Path, optional
        Where annotated scans are kept as they are prepared.
    progress : Progress

    Raises
    ------
    InputError
        Something is not there, there is too little of it, or nothing can be used.

    """
    from icac.inference import shared_engine
    from icac.training.calibration.usual_scans import features_of_cases, features_of_scans
    from icac.trainingset.prepare import prepare_cases

    if most is not None and most < 1:
        raise InputError(f"--most must be at least 1, not {most}.")
    named = _drawn([one for number, source in enumerate(sources) for one in _named(Path(source), number)], most)
    check_enough(len(named), len({one.patient for one in named}), false_alarms)
    features, patients = [], []
    if cases := [one for one in named if one.case]:
        with TemporaryDirectory(prefix="icac-") as temporary:
            paths = prepare_cases([one.case for one in cases if one.case], cache or Path(temporary), progress)
            engine = shared_engine(package, device=device, precision=USUAL.precision)
            features.append(features_of_cases(paths, package, engine, progress))
        patients += [one.patient for one in cases]
    if scans := [one for one in named if one.scan]:
        found, used = features_of_scans([one.scan for one in scans if one.scan], package,
                                        replace(USUAL, device=device), progress)
        features.append(found)
        patients += [scans[number].patient for number in used]
    words = [f"{len(some)} {kind}" for some, kind in ((cases, "training cases"), (scans, "scans")) if some]
    return Seen(np.concatenate(features), patients, " and ".join(words))


def _named(source: Path, number: int) -> list[_Named]:
    """Return what a source holds; people of different sources are different ones."""
    from icac.cohort.scans.discover import find_scans
    from icac.trainingset.manifest import read_manifest

    if _is_manifest(source):
        return [_Named(f"{number} {case.patient}", case=case) for case in read_manifest(source, splits=False).cases]
    return [_Named(f"{number} {scan.subject}", scan=(Path(scan.path), scan.series)) for scan in find_scans(source)]


def _is_manifest(source: Path) -> bool:
    from icac.trainingset.manifest import MANIFEST

    if source.is_dir():
        return (source / MANIFEST).is_file()
    rows = read_csv(source).rows if source.suffix.lower() == ".csv" and source.is_file() else []
    return bool(rows) and "case" in rows[0]


def _drawn(named: list[_Named], most: int | None) -> list[_Named]:
    if most is None or most >= len(named):
        return named
    chosen = np.random.default_rng(0).choice(len(named), most, replace=False)
    return [named[number] for number in sorted(chosen)]
