"""What Slicer's DICOM database knows of a volume of the scene; nothing of one that did not come from there."""

from __future__ import annotations

from collections.abc import Mapping

import slicer


def instance_uids(volume) -> list[str]:
    """Return the SOP Instance UIDs of the images that a volume was loaded from; none if it was not DICOM."""
    return (volume.GetAttribute("DICOM.instanceUIDs") or "").split()


def database():
    """Return Slicer's DICOM database, None where there is none."""
    return getattr(slicer, "dicomDatabase", None)


def values_of(volume, tags: Mapping[str, str]) -> dict[str, str]:
    """Return elements of the first image of a volume: text by the names of ``tags``; empty where it is not known."""
    instances, known = instance_uids(volume), database()
    if not instances or known is None:
        return dict.fromkeys(tags, "")
    return {name: known.instanceValue(instances[0], tag) or "" for name, tag in tags.items()}
