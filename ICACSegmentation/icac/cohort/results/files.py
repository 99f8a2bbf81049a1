"""The files of one scan in the folder of a cohort, named as in BIDS derivatives."""

from __future__ import annotations

from pathlib import Path

from icac.cohort.results.thumbnail import draw_thumbnail
from icac.files import load_json
from icac.report import ReportContent, write_results
from icac.report.record import write_record

#: What each file is called: role to the part of the name after the scan's.
SUFFIXES = {
    "mask": "desc-icac_dseg", "segmentation": "desc-icac_dseg", "lesions": "desc-icac_lesions",
    "overview": "desc-icac_overview", "probability": "desc-icac_probseg", "ct": "desc-resampled_ct",
    "report": "desc-icac_report",
}
_ENDINGS = (".nii.gz", ".seg.nrrd")

THUMBNAIL = "desc-icac_thumbnail.jpg"


def write_files(folder: Path, stem: str, content: ReportContent, save_probability: bool = False) -> dict[str, str]:
    """Write the results of a scan into an empty folder.

    Returns
    -------
    dict of str to str
        Role, as of :func:`icac.report.write_results` and ``thumbnail``, to file name.

    """
    written = write_results(folder, content, save_probability=save_probability)
    names = {}
    for role, path in written.items():
        ending = next((e for e in _ENDINGS if path.name.endswith(e)), path.suffix)
        names[role] = path.rename(folder / f"{stem}_{SUFFIXES[role]}{ending}").name
    report = folder / names["report"]
    record = load_json(report)
    record["files"] = {role: name for role, name in names.items() if role in record["files"]}
    write_record(record, report)
    names["thumbnail"] = f"{stem}_{THUMBNAIL}"
    draw_thumbnail(content).save(folder / names["thumbnail"], format="JPEG", quality=80)
    return names
