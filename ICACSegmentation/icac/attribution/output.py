"""An attribution as JSON, as a sentence, and as files that are written together or not at all."""

from __future__ import annotations

from datetime import datetime, timezone
from itertools import chain
from pathlib import Path
from typing import Any

from icac import __version__
from icac.attribution.attribution import DEFINITION
from icac.attribution.explain import Explained
from icac.attribution.integrated_gradients import BASELINE_HU
from icac.attribution.picture import write_picture
from icac.ct.write import write_volume
from icac.files.file_set import write_file_set
from icac.report.record import write_record
from icac.report.tables import lesion_row
from icac.result_files import USUAL_NAMES


def names_of(lesion: int) -> tuple[str, ...]:
    """Return every name that the files of an attribution can have."""
    return tuple(chain.from_iterable(USUAL_NAMES.attribution(lesion).values()))


def write_attribution(folder: str | Path, explained: Explained) -> dict[str, Path]:
    """Write an attribution into a folder.

    ==========================  =======================================================================
    ``attribution-001.nii.gz``  contribution of each voxel of the scan, float32 (``.nrrd`` if it is sheared)
    ``attribution-001.png``     the slice of the lesion, with what spoke for and against it
    ``attribution-001.json``    scores, shares and definition
    ==========================  =======================================================================

    Returns role (``attribution``, ``picture``, ``record``) to file; raises OutputError if they cannot be written.
    """
    names = USUAL_NAMES.attribution(explained.lesion.id)

    def write(temporary: Path) -> dict[str, Path]:
        values = explained.ct.like(explained.attribution.values)
        written = {"attribution": write_volume(values, temporary / names["attribution"][0]),
                   "picture": write_picture(explained, temporary / names["picture"][0])}
        record = attribution_record(explained) | {"files": {role: path.name for role, path in written.items()}}
        return written | {"record": write_record(record, temporary / names["record"][0])}

    return write_file_set(folder, write, names_of(explained.lesion.id), names["record"][0])


def attribution_record(explained: Explained) -> dict[str, Any]:
    """Return what is known of an attribution as JSON-ready values."""
    found, spec = explained.attribution, explained.model.spec
    return {
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"), "software": __version__,
        "definition": DEFINITION, "method": "integrated gradients", "steps": found.steps, "baseline_hu": BASELINE_HU,
        "input": {"path": explained.scan.path, "voxels_sha256": explained.scan.voxels_sha256},
        "model": {"name": spec.name, "version": spec.version, "checksum": spec.checksum},
        "lesion": lesion_row(explained.lesion),
        "score": round(found.score, 4), "baseline_score": round(found.baseline_score, 4),
        "explained": round(found.explained, 4),
        "shares": _shares(explained),
        **({"deletion": _deletion(explained)} if found.deletion else {}),
        "notice": explained.scan.notice,
    }


def attribution_text(explained: Explained) -> str:
    """Return what spoke for and against a lesion in a few sentences."""
    found, lesion, shares = explained.attribution, explained.lesion, _shares(explained)
    lines = [f"Lesion {lesion.id}, {lesion.side.value} {lesion.segment.name}, {lesion.volume_mm3:.1f} mm3: log-odds "
             f"{found.score:+.2f}, in a head of nothing but brain {found.baseline_score:+.2f}; of the difference the "
             f"voxels add up to {found.explained:.0%}."]
    for words, name in (("for", "for"), ("against", "against")):
        parts = shares[name]
        lines.append(f"Spoke {words} ICAC: the lesion itself {parts['lesion']:.0%}, other voxels of at least 130 HU "
                     f"{parts['other_dense']:.0%}, what is less dense {parts['less_dense']:.0%}.")
    if found.deletion:
        attributed, random = found.deletion.fell_by
        lines.append(f"Without the voxels that are named first the log-odds fall by {attributed:.1f} on average, "
                     f"without as many random dense ones by {random:.1f}.")
    return "\n".join(lines)


def _shares(explained: Explained) -> dict[str, dict[str, float]]:
    found = explained.attribution.shares(explained.ct.array, explained.mask)
    return {name: {part: round(value, 4) for part, value in parts.items()} for name, parts in found.items()}


def _deletion(explained: Explained) -> dict[str, list[float]]:
    found = explained.attribution.deletion
    assert found is not None
    return {name: [round(v, 4) for v in values] for name, values in
            (("shares", found.shares), ("attributed_first", found.attributed), ("random_first", found.random))}
