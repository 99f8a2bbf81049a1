"""From references to slices to references to files and their frames."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from icac.report.dicom.source import Source


def refer_to_files(dataset: Dataset, source: Source) -> None:
    """Let a dataset refer to the files of a series and their frames, wherever it refers to images of `source`."""
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                _refer(item, source)
                refer_to_files(item, source)
            element.value = _each_file_once(element.value)


def _refer(item: Dataset, source: Source) -> None:
    number = source.numbers.get(str(item.get("ReferencedSOPInstanceUID", "")))
    if number is None:
        return
    one = source.native.slices[number]
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = one.class_uid, one.uid
    if one.frame is not None:
        item.ReferencedFrameNumber = one.frame + 1


def _each_file_once(items: Sequence) -> Sequence:
    """Return references of which none is to a file that another refers to, but to all frames that any refers to."""
    if len(items) < 2 or not all("ReferencedSOPInstanceUID" in item for item in items):
        return items
    frames: dict[str, list[int]] = {}
    for item in items:
        number = item.get("ReferencedFrameNumber")
        frames.setdefault(item.ReferencedSOPInstanceUID, []).extend([] if number is None else [int(number)])
    first = {item.ReferencedSOPInstanceUID: item for item in reversed(items)}
    for uid, item in first.items():
        if frames[uid]:
            item.ReferencedFrameNumber = sorted(frames[uid])
    return Sequence(first[uid] for uid in frames)
