"""Whether ICAC can be measured in a CT of the scene, in one sentence, before it is segmented."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from slicer.i18n import tr as _

from ICACSegmentationLib.scene.dicom_database import values_of
from ICACSegmentationLib.scene.grids import world_volume

#: What the check wants to know of a DICOM series: tag by the name under which icac knows it.
DICOM_TAGS = {"modality": "0008,0060", "kernel": "0018,1210", "contrast_agent": "0018,0010",
              "slice_thickness_mm": "0018,0050", "kvp": "0018,0060", "image_type": "0008,0008",
              "series_description": "0008,103E"}


@dataclass(frozen=True)
class Verdict:
    """What the check found.

    Attributes
    ----------
    usable : bool
    sentence : str
    details : str
        All that was found, a line each.

    """

    usable: bool
    sentence: str
    details: str


def check_volume(volume) -> Verdict:
    """Check a scalar volume as it lies in the world; the program repeats this check on its own."""
    from icac.ct.check import check_ct
    from icac.ct.scan import CTScan
    from icac.errors import InputError

    scan = CTScan(world_volume(volume), Path(volume.GetName()), "nrrd", dicom_identity(volume))
    try:
        warnings = [*_unplaced(volume), *check_ct(scan)]
    except InputError as error:
        return Verdict(False, str(error), str(error))
    if not warnings:
        return Verdict(True, _("This CT is suited for measuring ICAC."), "")
    more = _(" ({count} more)").format(count=len(warnings) - 1) if len(warnings) > 1 else ""
    return Verdict(True, warnings[0] + more, "\n".join(warnings))


def _unplaced(volume) -> list[str]:
    """Return a warning if the file that a volume was loaded from does not tell its sides: Slicer guessed them."""
    from icac.ct.read import is_placed

    storage = volume.GetStorageNode()
    file = (storage.GetFileName() or "") if storage else ""
    if not file or is_placed(Path(file)):
        return []
    return [_("{file} does not say where left and right are, so the sides may be exchanged; load the CT from DICOM or "
              "from a file with its orientation.").format(file=Path(file).name)]


def dicom_identity(volume) -> dict[str, str]:
    """Return what the DICOM database knows of a volume; nothing if it did not come from there."""
    return {name: value for name, value in values_of(volume, DICOM_TAGS).items() if value}
