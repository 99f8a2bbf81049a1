"""Verdicts of trials, kept in the user's cache: what was tried once on a computer need not be tried at every start.

A verdict counts only for exactly what it was found with, all of which stands in its file. What cannot be read, or says
anything else, is no verdict: it is tried again. Nothing of a scan or a patient is kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from icac.errors import OutputError
from icac.files import read_json, write_json

#: Environment variable that moves the cache elsewhere; empty, nothing is kept.
FOLDER_VARIABLE = "ICAC_CACHE"

#: A larger file is none of ours, bytes.
_LARGEST = 1 << 16


def cache_folder() -> Path | None:
    """Return where what can be found again is kept: ``ICAC_CACHE``, else in the user's cache; None if nowhere."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    if chosen is not None:
        return Path(chosen).expanduser() if chosen else None
    try:
        if sys.platform == "win32":
            return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "icac" / "cache"
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "icac"
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "icac"
    except RuntimeError:  # nobody's home
        return None


def remembered(facts: Mapping[str, str], tried: Callable[[], bool]) -> bool:
    """Return a verdict that was found with the same facts before, or else what a trial finds, which is kept.

    Parameters
    ----------
    facts : mapping of str to str
        All that the verdict depends on.
    tried : callable
        Makes the trial; what it raises is raised, and nothing is kept.

    """
    folder = cache_folder()
    name = hashlib.sha256(json.dumps(dict(facts), sort_keys=True).encode()).hexdigest()
    path = folder / "trials" / f"{name}.json" if folder else None
    kept = read_json(path, _LARGEST) if path else None
    if isinstance(kept, dict) and kept.get("facts") == dict(facts) and isinstance(kept.get("verdict"), bool):
        return bool(kept["verdict"])
    verdict = tried()
    if path:
        with contextlib.suppress(OutputError):  # a home that cannot be written, or is full, is no reason to fail
            write_json(path, {"facts": dict(facts), "verdict": verdict}, indent=1, durable=False)
    return verdict


def sources_sha256(*files: str) -> str:
    """Return the SHA-256 of source files, by the paths that modules have; empty if one cannot be read."""
    digest = hashlib.sha256()
    try:
        for file in files:
            digest.update(Path(file).read_bytes())
    except OSError:
        return ""
    return digest.hexdigest()
