"""Bringing annotated scans onto the network grid: registration and resampling, kept in a cache.

A prepared case keeps the part of its scan around the carotids too, so that models are judged on the scan's own voxels.

The cache is named by the content of the scan and of the region drawn on it, so that a changed file is prepared anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from icac.air import OUTSIDE_HU
from icac.calcium import is_calcium_dense
from icac.errors import IcacError, InputError
from icac.files import whole_file
from icac.geometry import Frame, Volume, three
from icac.network import FcnConfig
from icac.progress import Progress
from icac.reference import NETWORK_GRID
from icac.trainingset.case_scan import CaseScan
from icac.trainingset.cases import CaseArrays, read_case
from icac.trainingset.drawn import BY_MODEL, NOTHING, UNKNOWN, with_unknown
from icac.trainingset.manifest import ManifestCase

if TYPE_CHECKING:
    from icac.reference import ReferenceHead

#: Raised when prepared arrays change their meaning, so that older ones are not used.
_CACHE_VERSION = 3


def training_grid() -> Frame:
    """Return the network grid widened on all sides by what the usual network sees around it (0.5 mm, reference space).

    For a network that sees more, the border is repeated.
    """
    margin = FcnConfig().geometry.offset[::-1]
    size = three(n + 2 * m for n, m in zip(NETWORK_GRID.size, margin, strict=True))
    return NETWORK_GRID.crop(three(-m for m in margin), size)


def prepare_cases(cases: Sequence[ManifestCase], folder: Path, progress: Progress) -> list[Path]:
    """Return the ``.npz`` of every case; scans that are not whole in the cache ``folder`` are prepared.

    Raises
    ------
    InputError, RegistrationError
        If a scan or its region cannot be read, the region marks no voxel of the scan, the head cannot be aligned, or no
        carotid lies within it.
    OutputError
        If the cache cannot be written.

    """
    paths = []
    for number, case in enumerate(cases):
        path = prepared_path(case, folder)
        if _is_prepared(case) and not _is_whole(path, case.simulated):
            progress.update("preparing scans", number / len(cases), case.name)
            if case.simulated:
                _save(_without_label(read_case(case.image)), None, path)
            else:
                _save(*_prepare(case, progress), path)
        paths.append(path)
    return paths


def prepared_path(case: ManifestCase, folder: Path) -> Path:
    """Return where the ``.npz`` of a case lies: in the cache ``folder``, unless the manifest itself names it."""
    if _is_prepared(case):
        return folder / f"{_content_key(case)}.npz"
    return case.roi or case.image


def _is_prepared(case: ManifestCase) -> bool:
    """Tell whether the ``.npz`` of a case is made of its files; else the manifest names it."""
    return case.drawn == NOTHING or not (case.simulated or case.drawn == BY_MODEL)


def _without_label(case: CaseArrays) -> CaseArrays:
    """Return a case of which nothing is known: neither where its ICAC is, nor where its arteries are."""
    return CaseArrays(case.hu, np.full_like(case.label, UNKNOWN))


def _prepare(case: ManifestCase, progress: Progress) -> tuple[CaseArrays, CaseScan]:
    from icac.ct import read_ct
    from icac.ct.harmonise import plan_harmonisation
    from icac.reference import load_reference
    from icac.registration import register

    read = read_ct(case.image, assume=case.assume or None)
    scan = read.volume
    region, notes = _region(case, scan)
    for note in (*read.corrections, *notes):
        progress.update("preparing scans", 0.0, f"{case.name}: {note}")
    reference: ReferenceHead = load_reference()
    try:
        registration = register(scan, reference)
        scan = plan_harmonisation(scan, registration.reference_to_scan).applied(scan)
        around = CaseScan.around_carotids(scan, scan, registration.reference_to_scan).ct
    except IcacError as error:
        raise type(error)(f"{case.image}: {error}") from error
    if registration.warning:
        progress.update("preparing scans", 0.0, f"{case.name}: {registration.warning}")
    return (on_training_grid(scan, region, registration.reference_to_scan, case.drawn),
            with_truth(around, region, registration.reference_to_scan, case.drawn))


def _region(case: ManifestCase, scan: Volume) -> tuple[Volume, tuple[str, ...]]:
    """Return the region that was drawn on a scan, empty if there is none, with sentences on its file."""
    from icac.ct.masks import place_mask, read_mask, refuse_inverted, taken_as_one

    if case.roi is None:
        return scan.like(np.zeros(scan.array.shape, np.uint8)), ()
    region = read_mask(case.roi, assume=case.assume or None)
    marked = place_mask(region, scan.frame)[0]
    refuse_inverted(marked, case.roi)
    if region.array.any() and not marked.any():
        raise InputError(f"{case.roi} marks no voxel of {case.image}, so case {case.name} would be one without ICAC; "
                         "give the region that was drawn on this scan.")
    return region, (*region.notes, *filter(None, [taken_as_one(region, case.roi)]))


def on_training_grid(scan: Volume, region: Volume, reference_to_scan: np.ndarray, drawn: str = "") -> CaseArrays:
    """Sample a scan and the region drawn on it; the truth is what is at least 130 HU inside the region.

    Parameters
    ----------
    scan : Volume
        HU.
    region : Volume
        0 outside, in the same patient space; its frame may differ from the scan's.
    reference_to_scan : numpy.ndarray
        4 x 4 map, reference LPS mm to scan LPS mm.
    drawn : str
        The side that was drawn alone, ``right`` or ``left``: of the other nothing is known; with ``none`` of neither.

    """
    grid = training_grid()
    wide = Volume(scan.array.astype(np.float32), scan.frame)
    hu = wide.resample(grid, reference_to_scan, outside=OUTSIDE_HU).array
    hu = _whole_hu(hu)
    marked = Volume((region.array > 0).astype(np.float32), region.frame)
    inside = marked.resample(grid, reference_to_scan).array >= 0.5
    return CaseArrays(hu, with_unknown(inside & is_calcium_dense(hu), grid, drawn, np.eye(4)))


def with_truth(around: Volume, region: Volume, reference_to_scan: np.ndarray, drawn: str = "") -> CaseScan:
    """Return the part of a scan around the carotids with its truth; parameters as of :func:`on_training_grid`."""
    hu = _whole_hu(around.array)
    marked = region.like((region.array > 0).astype(np.uint8))
    inside = marked.resample(around.frame, interpolation="nearest").array > 0
    icac = with_unknown(inside & is_calcium_dense(hu), around.frame, drawn, reference_to_scan)
    return CaseScan(around.like(hu), around.like(icac), reference_to_scan)


def _whole_hu(array: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(array), -32768, 32767).astype(np.int16)


def _content_key(case: ManifestCase) -> str:
    stated = f"{_CACHE_VERSION} {NETWORK_GRID.size} {NETWORK_GRID.origin}{case.assume}{case.drawn}"
    digest = hashlib.sha256(stated.encode())
    for source in filter(None, (case.image, case.roi)):
        files = sorted(f for f in source.rglob("*") if f.is_file()) if source.is_dir() else [source]
        for file in files:
            with open(file, "rb") as stream:
                digest.update(hashlib.sha256(stream.read()).digest())
    return digest.hexdigest()


def _is_whole(path: Path, simulated: bool) -> bool:
    """Tell whether the cache has a case; one that was damaged since it was written is made anew."""
    if not path.is_file():
        return False
    try:
        shape = read_case(path).hu.shape
        return simulated or (shape == training_grid().shape and CaseScan.read(path) is not None)
    except InputError:
        return False


def _save(case: CaseArrays, scan: CaseScan | None, path: Path) -> None:
    with whole_file(path) as temporary:
        arrays: dict[str, Any] = {"hu": case.hu, "label": case.label, **(scan.arrays() if scan else {})}
        np.savez_compressed(temporary, **arrays)
