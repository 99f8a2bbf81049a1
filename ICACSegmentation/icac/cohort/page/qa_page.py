"""The page on which a reader goes through all scans of a cohort: one HTML file that opens from disk.

Thumbnails are files in the folders of the scans, which the page refers to and loads as they scroll into view: ten
thousand of them within the page would be 200 MB to be read before anything is shown. For a cohort small enough they
can be embedded, so that the page can be sent alone.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from icac.cohort.page.decisions import Decision
from icac.cohort.page.suspicion import Suspicion
from icac.files import whole_file
from icac.result_files import bids_folder

NAME = "qa.html"

_PARTS = Path(__file__).parent

#: What of a scan's row the page shows.
_VALUES = ("volume_mm3", "right_mm3", "left_mm3", "expected_volume_mm3", "expected_low_mm3", "expected_high_mm3",
           "lesions", "registration_quality", "bone_contact_share", "mean_probability")

#: What of a lesion's row the page shows, in this order, without names: there may be 100,000 lesions.
_OF_LESION = ("id", "side", "segment", "volume_mm3", "mean_hu", "max_hu", "bone_contact_share")


@dataclass(frozen=True)
class PageScan:
    """A scan on the page.

    Attributes
    ----------
    name, key : str
        Name, and key of its result; empty if it failed.
    score : float
    reasons : tuple of str
        How suspicious it is.
    values : dict of str to float
        What is shown of its row.
    message : str
        Its warnings, or why it failed.
    thumbnail, overview : str
        Paths relative to the page, empty if there are none.
    decision : Decision or None
    lesion_rows : tuple of tuple
        Of each lesion, by falling volume: number, side, segment, mm3, mean and highest HU, share of the surface that
        touches bone, and the path of its key picture, empty if there is none.

    """

    name: str
    key: str
    score: float
    reasons: tuple[str, ...]
    values: dict[str, Any]
    message: str
    thumbnail: str
    overview: str
    decision: Decision | None
    lesion_rows: tuple[tuple[Any, ...], ...] = ()

    @classmethod
    def of_record(cls, record: dict[str, Any], suspicion: Suspicion, decision: Decision | None) -> PageScan:
        """Show a finished scan."""
        row = record["row"]
        paths = {role: f"{bids_folder(record['name'])}/{name}" for role, name in record["files"].items()}
        values = {name: row[name] for name in _VALUES if row.get(name) is not None}
        return cls(record["name"], record["key"], suspicion.score, suspicion.reasons, values,
                   row.get("warnings", ""), paths.get("thumbnail", ""), paths.get("overview", ""), decision,
                   tuple(_of_lesion(lesion, paths) for lesion in record["lesions"]))

    @classmethod
    def of_failure(cls, failure: dict[str, Any], suspicion: Suspicion, decision: Decision | None) -> PageScan:
        """Show a scan that failed."""
        return cls(failure["name"], "", suspicion.score, suspicion.reasons, {}, failure["reason"], "", "", decision)


def _of_lesion(lesion: Mapping[str, Any], paths: Mapping[str, str]) -> tuple[Any, ...]:
    values = (lesion.get(name) for name in _OF_LESION)
    rounded = (round(value, 2) if isinstance(value, float) else value for value in values)
    return (*rounded, quote(paths.get(f"lesion_{lesion.get('id')}", "")))


def write_page(root: Path, scans: Iterable[PageScan], embed: bool = False) -> Path:
    """Write the page into the folder of a cohort; return its path."""
    path = root / NAME
    data = {"cohort": root.name, "id": hashlib.sha256(str(root).encode(errors="surrogatepass")).hexdigest()[:16],
            "scans": [_plain(scan, root, embed) for scan in scans]}
    # "<" cannot be within the script: a text with "</script>" would end it.
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    page = (_PARTS / "page.html").read_text(encoding="utf-8")
    page = page.replace("/*STYLE*/", (_PARTS / "page.css").read_text(encoding="utf-8"))
    scripts = "\n".join((_PARTS / name).read_text(encoding="utf-8") for name in ("cohort.js", "list.js", "page.js"))
    page = page.replace("/*SCRIPT*/", scripts).replace("/*DATA*/", text)
    with whole_file(path) as temporary:
        temporary.write_text(page, encoding="utf-8", errors="backslashreplace")
    return path


def _plain(scan: PageScan, root: Path, embed: bool) -> dict[str, Any]:
    """Return a scan as the page reads it."""
    plain = {name: value for name, value in asdict(scan).items() if value}
    for role in ("thumbnail", "overview"):
        if role in plain:
            plain[role] = quote(plain[role])
    if embed and scan.thumbnail:
        picture = base64.b64encode((root / scan.thumbnail).read_bytes()).decode()
        plain["thumbnail"] = f"data:image/jpeg;base64,{picture}"
    return plain
