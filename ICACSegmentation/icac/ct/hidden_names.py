"""Taking out of a scan what can carry the name of a patient: names of files and folders, and descriptions.

Patients' headers are never read; but folders are called after patients, and some sites type names into the description
of a study or series.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from icac.ct.scan import CTScan
from icac.files import walk

#: What stands where a name was.
HIDDEN = "(hidden)"

#: Keys of a scan's identity whose values are typed in by people.
FREE_TEXT = ("series_description", "study_description", "protocol")

#: A shorter name, such as CT or 1, says nothing of a patient, and is part of other words.
_SHORTEST = 4


def without_names(scan: CTScan) -> CTScan:
    """Return a scan whose path and descriptions are hidden, also where its sentences mention them."""
    return replace(scan, path=Path(HIDDEN), native=None,
                   identity={key: value for key, value in scan.identity.items() if key not in FREE_TEXT},
                   corrections=tuple(text_without_names(text, scan) for text in scan.corrections),
                   choice=scan.choice and scan.choice.without_names(lambda text: text_without_names(text, scan)))


def text_without_names(text: str, scan: CTScan) -> str:
    """Return a sentence on a scan without its names."""
    return hidden(text, scan.path, (scan.identity.get(key, "") for key in FREE_TEXT))


def hidden(text: str, path: Path, words: Iterable[str] = (), shown: str = HIDDEN) -> str:
    """Return a text in which a path, the names below it and other words are replaced.

    Parameters
    ----------
    text : str
    path : Path
        A file or folder; the names of all files below a folder are replaced, too.
    words : iterable of str
    shown : str
        What stands in their place.

    """
    below = [name for one in walk(path, follow=True) for name in (one.path.name, *one.files)]
    names = {path.name, *words, *below, *(name for one in walk(path) for name in one.links)}
    whole = [str(path), *sorted((name for name in names if len(name) >= _SHORTEST), key=len, reverse=True)]
    for name in whole:
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", lambda _: shown, text)
    return text
