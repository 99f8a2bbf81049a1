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
from icac.trainingset.drawn import with_unknown
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
        if case.roi is not None and not _is_whole(path):
            progress.update("preparing scans", number / len(cases), case.name)
            _save(*_prepare(case, case.roi, progress), path)
        paths.append(path)
    return paths


def prepared_path(case: ManifestCase, folder: Path) -> Path:
    """Return where the ``.npz`` of a case lies: in the cache ``folder``, unless the manifest itself names it."""
    return case.image if case.roi is None else folder / f"{_content_key(case, case.roi)}.npz"


def _prepare(case: ManifestCase, roi: Path, progress: Progress) -> tuple[CaseArrays, CaseScan]:
    from icac.ct import read_ct
    from icac.ct.harmonise import plan_harmonisation
    from icac.ct.masks import place_mask, read_mask, refuse_inverted
    from icac.reference import load_reference
    from icac.registration import register

    read, region = read_ct(case.image, assume=case.assume or None), read_mask(roi, assume=case.assume or None)
    scan = read.volume
    marked = place_mask(region, scan.frame)[0]
    refuse_inverted(marked, roi)
    if region.array.any() and not marked.any():
        raise InputError(f"{roi} marks no voxel of {case.image}, so case {case.name} would be one without ICAC; "
                         "give the region that was drawn on this scan.")
    for note in (*read.corrections, *region.notes):
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
        The side that was drawn alone, ``right`` or ``left``: of the other nothing is known.

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


def _content_key(case: ManifestCase, roi: Path) -> str:
    told = f"{_CACHE_VERSION} {NETWORK_GRID.size} {NETWORK_GRID.origin}{case.assume}{case.drawn}"
    digest = hashlib.sha256(told.encode())
    for source in (case.image, roi):
        files = sorted(f for f in source.rglob("*") if f.is_file()) if source.is_dir() else [source]
        for file in files:
            with open(file, "rb") as stream:
                digest.update(hashlib.sha256(stream.read()).digest())
    return digest.hexdigest()


def _is_whole(path: Path) -> bool:
    """Tell whether the cache has a case; one that was damaged since it was written is made anew."""
    if not path.is_file():
        return False
    try:
        return read_case(path).hu.shape == training_grid().shape and CaseScan.read(path) is not None
    except InputError:
        return False


def _save(case: CaseArrays, scan: CaseScan, path: Path) -> None:
    with whole_file(path) as temporary:
        arrays: dict[str, Any] = {"hu": case.hu, "label": case.label, **scan.arrays()}
        np.savez_compressed(temporary, **arrays)
