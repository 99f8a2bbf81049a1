"""The DICOM studies in folders: a study is one scan of a cohort, however many folders its series lie in."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

#: So many files of a folder are looked at to tell whether it holds DICOM images: exports begin with other files.
_FILES_TRIED = 5


def study_uid(folder: Path, names: Sequence[str]) -> str | None:
    """Return the Study Instance UID of the first DICOM image among some files; None if there is none."""
    if not names:
        return None
    from icac.ct.dicom.headers import read_header

    for name in names[:_FILES_TRIED]:
        header = read_header(folder / name)
        if header is not None:
            return header.text("StudyInstanceUID")
    return None


def study_folders(root: Path, studies: Mapping[str, Sequence[Path]]) -> Iterator[Path]:
    """Yield the folder of each study; its folders one by one where their common folder holds other studies too.

    Parameters
    ----------
    root : Path
        Folder that holds them all.
    studies : mapping of str to sequence of Path
        Study Instance UID to folders with files of the study.

    """
    below = defaultdict(set)
    for uid, folders in studies.items():
        for folder in folders:
            for ancestor in (folder, *folder.parents):
                below[ancestor].add(uid)
                if ancestor == root:
                    break
    for uid, folders in studies.items():
        common = Path(os.path.commonpath(folders))
        yield from [common] if below[common] == {uid} else folders
