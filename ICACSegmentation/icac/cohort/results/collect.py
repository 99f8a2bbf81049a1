"""From the folders of finished scans to the tables of the cohort and its page for review."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from icac import __version__
from icac.cohort.page import decisions
from icac.cohort.page.decisions import Decision, Merged
from icac.cohort.page.qa_page import NAME, PageScan, write_page
from icac.cohort.page.suspicion import OF_FAILURE, suspicions
from icac.cohort.results.copies import COLUMN, copies, sentence
from icac.cohort.results.ranks import ranks, use_norms
from icac.cohort.results.tables import ENDINGS, write_table
from icac.cohort.store.folder import DESCRIPTION, Store
from icac.cohort.store.old_tree import move_old_results
from icac.files import read_json, refuse_overwriting, write_json
from icac.files.lock import locked

#: The tables, and the first columns of each, there even if no scan is.
TABLES = {"scans": ("scan", "subject", "session", "path", "series", "volume_mm3"),
          "lesions": ("scan", "id", "volume_mm3"),
          "failures": ("scan", "subject", "session", "path", "series", "kind", "reason", "review", "review_note")}

#: Version of BIDS whose names of derivatives are followed.
BIDS_VERSION = "1.10.0"


@dataclass(frozen=True)
class Cohort:
    """What is known of a cohort.

    Attributes
    ----------
    records : list of dict
        Of the finished scans, by name.
    failures : list of dict
        Of those that failed, by name.
    decisions : dict of str to Decision
        By name of the scan.

    """

    records: list[dict[str, Any]]
    failures: list[dict[str, Any]]
    decisions: dict[str, Decision]

    @property
    def keys(self) -> dict[str, str]:
        """Name of each scan that ended to the key of its result, empty if it failed."""
        return {record["name"]: record["key"] for record in self.records} | {
            failure["name"]: "" for failure in self.failures}

    @cached_property
    def copies(self) -> dict[str, str]:
        """The first scan with the same voxels of each that is not the first, both by name."""
        return copies(self.records)


@dataclass(frozen=True)
class Collected:
    """The tables and the page of a cohort.

    Attributes
    ----------
    files : list of Path
    copies : dict of str to str
        As of :class:`Cohort`.

    """

    files: list[Path]
    copies: dict[str, str]


def load_cohort(out: str | Path) -> Cohort:
    """Read what is known of a cohort.

    Raises
    ------
    OutputError
        The folder holds none.

    """
    store = Store(Path(out).absolute())
    scans, identity = store.load_cohort()
    records, failures = [], []
    for scan in scans:
        record = store.record(scan)
        if record is not None and record["identity_sha256"] == identity:
            records.append(record)
        elif (failure := store.failure(scan)) is not None and failure["identity_sha256"] == identity:
            failures.append({"name": scan.name, **failure})
    cohort = Cohort(records, failures, {})
    saved = store.root / decisions.FILE
    if saved.is_file():
        merged = decisions.merge(cohort.keys, decisions.read_decisions(saved), [])
        cohort.decisions.update({one.scan: one for one in merged.decisions})
    return cohort


def collect(out: str | Path, embed: bool = False, *, norms: str | Path | None = None,
            people: str | Path | None = None) -> list[Path]:
    """Write the tables of scans, lesions and failures, and the page for review; see :func:`collect_and_tell`.

    Returns
    -------
    list of Path
        What was written.

    """
    return collect_and_tell(out, embed, norms=norms, people=people).files


def collect_and_tell(out: str | Path, embed: bool = False, *, norms: str | Path | None = None,
                     people: str | Path | None = None) -> Collected:
    """Write the tables of scans, lesions and failures, and the page for review.

    Parameters
    ----------
    out : str or Path
        Folder of the results of :func:`run_cohort`.
    embed : bool
        Put the thumbnails into the page instead of referring to them.
    norms : str or Path, optional
        Norms among which each scan is placed, now and whenever the tables are written again.
    people : str or Path, optional
        Table of subject, age and sex; headers of the scans tell where it is silent.

    Returns
    -------
    Collected

    Raises
    ------
    OutputError
        The folder holds no cohort, cannot be written, or a run is writing to it.

    """
    root = Path(out).absolute()
    Store(root).load_cohort()  # before the lock is made in a folder that holds no cohort
    with locked(root):
        move_old_results(root)
        use_norms(root, norms, people)
        cohort = load_cohort(root)
        return Collected(_write_all(root, cohort, embed), cohort.copies)


def refuse_inputs(out: str | Path, *inputs: str | Path | None) -> None:
    """Raise OutputError if a table or page of a cohort would take the place of what is read for it."""
    names = (*(name + ending for name in TABLES for ending in ENDINGS), NAME, DESCRIPTION)
    refuse_overwriting(inputs, (Path(out) / name for name in names))


def review(out: str | Path, path: str | Path, embed: bool = False) -> Merged:
    """Take over the decisions that were saved by the page, and write tables and page again.

    Raises
    ------
    InputError
        The file is no table of decisions.
    OutputError
        As of :func:`collect`.

    """
    root = Path(out).absolute()
    Store(root).load_cohort()
    read = decisions.read_decisions(path)
    with locked(root):
        move_old_results(root)
        cohort = load_cohort(root)
        merged = decisions.merge(cohort.keys, cohort.decisions.values(), read)
        decisions.write_decisions(root / decisions.FILE, merged.decisions)
        _write_all(root, load_cohort(root), embed)
    return merged


def _write_all(root: Path, cohort: Cohort, embed: bool) -> list[Path]:
    judged = suspicions([{**record["row"], **_same(cohort, record["name"])} for record in cohort.records])
    ranked = ranks(root, cohort.records)
    rows = [{**_scan_columns(record["source"], record["name"]), **record["row"], **ranked.get(record["name"], {}),
             **_same(cohort, record["name"]), "suspicion": one.score, "suspicion_reasons": "; ".join(one.reasons),
             **_review(cohort, record["name"]), **_provenance(record)}
            for record, one in zip(cohort.records, judged, strict=True)]
    lesions = [{"scan": record["name"], **lesion, **_same(cohort, record["name"])}
               for record in cohort.records for lesion in record["lesions"]]
    failures = [{**_scan_columns(failure["scan"], failure["name"]), "kind": failure["kind"],
                 "reason": failure["reason"], **_review(cohort, failure["name"])} for failure in cohort.failures]
    written = [path for name, found in zip(TABLES, (rows, lesions, failures), strict=True)
               for path in write_table(found, root / name, TABLES[name])]
    scans = [PageScan.of_record(_with_words(record, ranked, cohort), one, cohort.decisions.get(record["name"]))
             for record, one in zip(cohort.records, judged, strict=True)]
    scans += [PageScan.of_failure(failure, OF_FAILURE, cohort.decisions.get(failure["name"]))
              for failure in cohort.failures]
    written.append(write_page(root, scans, embed))
    written.append(_describe(root))
    return written


def _same(cohort: Cohort, name: str) -> dict[str, str]:
    return {COLUMN: cohort.copies.get(name, "")}


def _with_words(record: dict[str, Any], ranked: dict[str, dict[str, Any]], cohort: Cohort) -> dict[str, Any]:
    """Return a record whose warnings also say which other scan it is, and where it lies among the norms."""
    first = cohort.copies.get(record["name"])
    texts = [sentence(first) if first else "", record["row"].get("warnings", ""),
             ranked.get(record["name"], {}).get("norm_statement", "")]
    return {**record, "row": {**record["row"], "warnings": " ".join(text for text in texts if text)}}


def _scan_columns(source: dict[str, str], name: str) -> dict[str, Any]:
    return {"scan": name, **{key: source[key] for key in ("subject", "session", "path", "series")}}


def _review(cohort: Cohort, name: str) -> dict[str, str]:
    one = cohort.decisions.get(name, Decision(name, "", ""))
    return {"review": one.decision, "review_note": one.note, "reviewer": one.reviewer, "reviewed": one.decided}


#: Column for each text of a record that says where a result comes from.
_PROVENANCE = {"created": "created", "icac_version": "icac", "host": "host", "content_sha256": "content_sha256",
               "copy_of": "copy_of"}


def _provenance(record: dict[str, Any]) -> dict[str, Any]:
    seconds = {f"{stage}_s": float(value) for stage, value in record["seconds"].items()}
    texts = {column: record.get(key, "") for column, key in _PROVENANCE.items()}
    return {**seconds, "total_s": round(sum(seconds.values()), 3), **texts, "result_key": record["key"],
            "output_bytes": record["output_bytes"]}


def _describe(root: Path) -> Path:
    path, sources = root / DESCRIPTION, _sources(root)
    write_json(path, {"Name": "Intracranial carotid artery calcification", "BIDSVersion": BIDS_VERSION,
                      "DatasetType": "derivative", "GeneratedBy": [{"Name": "icac", "Version": __version__}],
                      **({"SourceDatasets": sources} if sources else {})}, indent=1)
    return path


def _sources(root: Path) -> list[dict[str, str]]:
    """Return where the scans came from, in the words of BIDS; nothing if their names are hidden."""
    scans, _ = Store(root).load_cohort()
    if not scans or any(scan.shown_path for scan in scans):
        return []
    try:
        folder = Path(os.path.commonpath([os.path.dirname(scan.path) for scan in scans]))
    except ValueError:  # on different drives
        return []
    description = read_json(folder / DESCRIPTION)
    doi = description.get("DatasetDOI") if isinstance(description, dict) else None
    return [{"URL": folder.as_uri(), **({"DOI": doi} if isinstance(doi, str) else {})}]
