"""A third reading of what several readers finished: it starts from their masks and is kept apart from them.

The masks from which it starts are copied when a case is opened first, with whose they are and when they were saved, so
that it stays known what the third reader saw, whatever is done with the readings later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from icac.errors import InputError
from icac.files import RevisedFile, copy_file
from icac.geometry import Frame
from icac.worklist.reader import Reader
from icac.worklist.records.case import CaseStatus
from icac.worklist.records.folder import safe_name

#: In the folder of a case: whose masks the third reading started from.
NAME = "readings.json"

#: So many readings of a case there must be.
LEAST_READINGS = 2


@dataclass(frozen=True)
class Reading:
    """The mask of one reader from which a third reading starts.

    Attributes
    ----------
    reader : str
    mask : Path
        The copy.
    saved : str
        When the reader saved it: UTC, ISO 8601.

    """

    reader: str
    mask: Path
    saved: str


def finished(readers: Sequence[Reader], case: str) -> list[Reader]:
    """Return the readers who are done with a case and left a mask."""
    return [reader for reader in readers if reader.state(case).status is CaseStatus.DONE
            and (path := reader.mask_path(case)) is not None and path.is_file()]


def why_not(readers: Sequence[Reader], case: str, adjudicator: str) -> str:
    """Say why a case cannot be adjudicated yet; empty if it can."""
    own = next((one for one in readers if one.name.casefold() == adjudicator.casefold()), None)
    if own is not None and own.state(case).status is CaseStatus.STARTED:
        return f"{own.name} has not finished reading it, and would see the readings of the others"
    done = finished(readers, case)
    if len(done) < LEAST_READINGS:
        return f"it was read to the end by {', '.join(one.name for one in done) or 'nobody'}; two readers are needed"
    return ""


def keep_readings(folder: Path, readers: Sequence[Reader], case: str) -> list[Reading]:
    """Return the masks from which a case starts; copied into its folder when it is opened first.

    Raises
    ------
    InputError
        The record of an earlier opening is damaged.
    OutputError
        The masks cannot be copied.

    """
    file = RevisedFile(folder / NAME)
    loaded = file.load()
    if loaded is not None:
        return _readings(loaded.content, folder)
    kept = {}
    for reader in finished(readers, case):
        mask = reader.mask_path(case)
        assert mask is not None, "who is finished has a mask"
        copy = folder / f"reading-{safe_name(reader.name)}{mask.suffix}"
        copy_file(mask, copy)
        kept[reader.name] = {"mask": copy.name, "saved": _saved(reader, case)}
    file.save({"case": case, "readings": kept})
    return _readings({"readings": kept}, folder)


def _saved(reader: Reader, case: str) -> str:
    return next((change.when for change in reversed(reader.state(case).changes) if change.what == "mask"), "")


def _readings(record: Mapping[str, object], folder: Path) -> list[Reading]:
    try:
        kept = record["readings"]
        assert isinstance(kept, dict)
        readings = [Reading(str(reader), folder / Path(str(one["mask"])).name, str(one["saved"]))
                    for reader, one in kept.items()]
    except (KeyError, TypeError, AssertionError) as error:
        raise InputError(f"{folder / NAME} was written by another version of this software; open the worklist with "
                         "that version.") from error
    gone = next((one.mask for one in readings if not one.mask.is_file()), None)
    if gone is not None:
        raise InputError(f"{gone} is gone, from which the adjudication of its case started; restore it from a backup, "
                         f"or remove {folder} to begin this case anew.")
    return readings


def read_readings(readings: Sequence[Reading], frame: Frame) -> dict[str, np.ndarray]:
    """Return the masks of the readers, bool (z, y, x) on the frame of the scan.

    Raises
    ------
    InputError
        A mask cannot be read, or does not lie on the voxels of the scan.

    """
    from icac.ct.masks import place_mask, read_mask

    masks = {}
    for one in readings:
        masks[one.reader], moved = place_mask(read_mask(one.mask), frame)
        if moved:
            raise InputError(f"{one.mask} does not lie on the voxels of the scan; the scan of the case was replaced.")
    return masks


def shared(masks: Mapping[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return what all readers marked, and what each marked beyond that; bool (z, y, x)."""
    everywhere = np.logical_and.reduce(list(masks.values()))
    return everywhere, {reader: mask & ~everywhere for reader, mask in masks.items()}
