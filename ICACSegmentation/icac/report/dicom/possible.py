"""Whether results of a scan can be written as DICOM."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from icac.ct.read import image_kind
from icac.ct.scan import CTScan
from icac.errors import IcacError, InputError

if TYPE_CHECKING:
    from icac.ct.dicom.native import NativeSlices


def native_of(scan: CTScan) -> NativeSlices:
    """Return the slices of a scan whose results can be written as DICOM; raises as :func:`refuse_impossible`."""
    refuse_impossible(scan)
    if scan.native is None:
        raise _no_dicom(scan.path)
    return scan.native


def refuse_impossible(source: CTScan | Path | None, hide_names: bool = False) -> None:
    """Raise an error if the results of a scan, a file or folder not read yet, or any scan cannot be written as DICOM.

    Raises
    ------
    InputError
        The scan is none of DICOM, or names are to be hidden.
    IcacError
        highdicom is not installed.

    """
    if hide_names:
        raise InputError("DICOM results name the patient and the study, so that they are filed with the scan; leave "
                         "--hide-names or --dicom-out out.")
    if find_spec("highdicom") is None:
        raise IcacError('Results as DICOM need highdicom: pip install "icac[dicom]", or leave --dicom-out out.')
    if isinstance(source, CTScan) and source.native is None:
        raise _no_dicom(source.path)
    if isinstance(source, Path) and not source.is_dir() and image_kind(source) is not None:
        raise _no_dicom(source)


def _no_dicom(path: Path) -> InputError:
    return InputError(f"{path} is no DICOM series, so its results cannot be written as DICOM; give the series, or "
                      "leave --dicom-out out.")
