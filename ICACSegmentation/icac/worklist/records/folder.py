"""The folder in which a worklist keeps everything.

===================================================  ==========================================================
``reading.json``                                     how cases are read, see :mod:`icac.worklist.records.design`
``series.json``                                      which series of each study is a case, by the rule
``readers/<reader>/worklist.json``                   whose records these are, and which case is open
``readers/<reader>/open.lock``                       who has them open, and where
``readers/<reader>/cases/<case>/state.json``         status, comment, fields, seconds, who changed what and when
``readers/<reader>/cases/<case>/corrected-<n>.nrrd`` the reader's mask, on the voxels of the scan
``readers/<reader>/cases/<case>/review.json``        the review of the lesions
``readers/<reader>/blinded-<annotator>.json``        choices in a blinded comparison
``adjudicated/``                                     the third reading, in the same form; ``readings.json`` of a case
                                                     says from whose masks it started
``training_splits.json``                             which patients train and which validate
===================================================  ==========================================================
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from icac.cases.folders import WORKLIST_CASES, WORKLIST_RECORD
from icac.ct.write import write_volume
from icac.errors import InputError
from icac.files import Loaded, RevisedFile
from icac.geometry import Volume
from icac.worklist.records.case import MASK_NAME, CaseState

#: In the folder of a worklist: the folders of its readers.
READERS = "readers"

#: Names that Windows keeps for devices.
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def default_folder(source: Path) -> Path:
    """Return where the worklist of a folder or CSV file of cases is kept if nobody says otherwise."""
    return source / "icac_worklist" if source.is_dir() else source.with_name(f"{source.stem}_worklist")


class WorklistFolder:
    """Reads and writes the records of one reader.

    Parameters
    ----------
    path : Path
    source : Path
        Folder or CSV file of the cases; kept for people who find the folder.
    reader : str
        Whose records they are, where they do not say so yet.
    is_own : bool
        They are written here. Those of others are only looked at: their program may be writing at this moment.

    Attributes
    ----------
    reader : str
        Whose records they are; as they say, once they were loaded.

    """

    def __init__(self, path: Path, source: Path, reader: str = "", is_own: bool = True) -> None:
        self.path, self.reader = path, reader
        self._source, self._is_own = source, is_own
        self._record = RevisedFile(path / WORKLIST_RECORD)
        self._files: dict[Path, RevisedFile] = {}

    def load(self, names: Sequence[str]) -> tuple[str | None, dict[str, CaseState], list[str]]:
        """Return the open case, the states of those cases that have one, and sentences about what was restored.

        Raises
        ------
        InputError
            A file and the copy beside it are damaged.

        """
        notes = []
        loaded = self._load(self._record)
        if loaded is not None and loaded.note:
            notes.append(loaded.note)
        name = loaded.content.get("reader") if loaded else None
        self.reader = name.strip() if isinstance(name, str) and name.strip() else self.reader
        states = {}
        for name in names:
            if not self.case_folder(name).is_dir():
                continue
            state = self._load(self._state_file(name))
            if state is not None:
                states[name] = self._read_state(state.content, name)
                notes += [state.note] if state.note else []
        current = loaded.content.get("current") if loaded else None
        return current if isinstance(current, str) else None, states, notes

    def save_current(self, name: str) -> None:
        """Write whose records these are, and which case is open."""
        self._record.save({"format": 2, "reader": self.reader, "source": str(self._source), "current": name})

    def save_state(self, name: str, state: CaseState) -> None:
        """Write what was done with a case."""
        self._state_file(name).save({"case": name, **state.record()})

    def write_mask(self, name: str, mask: Volume, before: str | None) -> Path:
        """Write a mask under a new name, flushed to the disk; only the mask ``before`` it is kept besides.

        Raises
        ------
        OutputError
            It cannot be written.

        """
        folder = self.case_folder(name)
        named = MASK_NAME.fullmatch(before) if before else None
        number = 1 + int(named[1]) if named else 1
        path = write_volume(mask.like((mask.array > 0).astype("uint8")), folder / f"corrected-{number}.nrrd")
        for old in folder.glob("corrected-*.nrrd"):
            if old.name not in (path.name, before):
                with contextlib.suppress(OSError):  # the new mask is safe, and the next one tries again
                    old.unlink()
        return path

    def review_file(self, name: str) -> RevisedFile:
        """Return the file of the review of a case."""
        return self._file(name, "review.json")

    def case_folder(self, name: str) -> Path:
        """Return the folder of a case."""
        return self.path / WORKLIST_CASES / safe_name(name)

    def _load(self, file: RevisedFile) -> Loaded | None:
        return file.load() if self._is_own else file.peek()

    def _read_state(self, record: dict[str, Any], name: str) -> CaseState:
        try:
            return CaseState.from_record(record)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(f"{self.case_folder(name) / 'state.json'} was written by another version of this "
                             "software; open the worklist with that version, or keep it in another folder.") from error

    def _state_file(self, name: str) -> RevisedFile:
        return self._file(name, "state.json")

    def _file(self, name: str, what: str) -> RevisedFile:
        """Return a file of a case, the same object each time: it knows its revision."""
        path = self.case_folder(name) / what
        return self._files.setdefault(path, RevisedFile(path))


def safe_name(name: str) -> str:
    """Return a name that every file system takes; a different one for every case."""
    if re.fullmatch(r"[A-Za-z0-9](?:[\w.-]{0,78}[A-Za-z0-9])?", name, re.ASCII) and not _RESERVED.fullmatch(name):
        return name
    words = re.sub(r"[^A-Za-z0-9]+", "-", name)[:60].strip("-")
    checksum = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()  # names of old disks are no Unicode
    return f"{words}-{checksum[:8]}".strip("-")
