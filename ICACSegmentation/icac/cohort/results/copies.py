"""Scans of a cohort that are the same voxels: copies under other names, with other headers or in another format.

They stay scans of their own, for two people may share a scan by mistake only, and which of them it is of nobody can
tell. But wherever scans are counted, the first of them counts, and all others are told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

#: Column that names the first scan with the same voxels.
COLUMN = "same_voxels_as"


def copies(records: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the first scan with the same voxels for each scan that has one before it, both by name.

    Parameters
    ----------
    records : iterable of dict
        Of finished scans, in the order in which they count.

    """
    first: dict[str, str] = {}
    found: dict[str, str] = {}
    for record in records:
        key = voxels_of(record)
        if key and first.setdefault(key, record["name"]) != record["name"]:
            found[record["name"]] = first[key]
    return found


def voxels_of(record: Mapping[str, Any]) -> str:
    """Return what is the same for scans of the same voxels; of results of earlier versions, of the same files."""
    known = record["row"].get("voxels_sha256")
    content, series = record.get("content_sha256", ""), record["source"]["series"]
    return str(known) if known else f"{content} {series}" if content else ""


def sentence(first: str) -> str:
    """Say of a scan which other one it is."""
    return f"It has the same voxels as {first}: it is a copy, or one scan under two names, and counts once."
