"""From references to slices to references to files and their frames."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from icac.report.dicom.source import Source

#: Here only whole files are listed (PS3.3 C.12.2).
_WHOLE = "ReferencedInstanceSequence"


def refer_to_files(dataset: Dataset, source: Source) -> None:
    """Let a dataset refer to the files of a series and their frames, wherever it refers to images of `source`."""
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                _refer(item, source)
                refer_to_files(item, source)
            element.value = _each_file_once(element.value, with_frames=element.keyword != _WHOLE)


def _refer(item: Dataset, source: Source) -> None:
    number = source.numbers.get(str(item.get("ReferencedSOPInstanceUID", "")))
    if number is None:
        return
    one = source.native.slices[number]
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = one.class_uid, one.uid
    if one.frame is not None:
        item.ReferencedFrameNumber = one.frame + 1


def _each_file_once(items: Sequence, with_frames: bool) -> Sequence:
    """Return references of which none is to a file that another refers to, but to all frames that any refers to."""
    if not any("ReferencedFrameNumber" in item for item in items):
        return items
    files: dict[str, Dataset] = {}
    for item in items:
        file = files.setdefault(item.ReferencedSOPInstanceUID, Dataset())
        frames = [*_numbers(file), *_numbers(item)]
        file.update(item)
        file.ReferencedFrameNumber = sorted(frames)
    for file in () if with_frames else files.values():
        del file.ReferencedFrameNumber
    return Sequence(files.values())


def _numbers(item: Dataset) -> list[int]:
    """Return the frames that an item refers to."""
    found = item.get("ReferencedFrameNumber")
    return [] if found is None else [int(found)] if isinstance(found, int) else [int(one) for one in found]
