"""The computation of a cohort that is not a test: ICAC by a model, as ``icac segment`` does it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from icac import __version__
from icac.cohort.run.computation import Outcome
from icac.cohort.scans.scan_input import ScanInput
from icac.ct.series.choose import THIN
from icac.models import ModelPackage, find_model
from icac.report.dicom.possible import refuse_impossible
from icac.scores import rules_of
from icac.settings import Settings

if TYPE_CHECKING:
    from icac.ct import CTScan

#: What earlier versions called the preference for thin slices, among the choices of a series.
THINNEST = "thinnest"


@dataclass(frozen=True)
class Segmentation(Settings):
    """Segments the ICAC of each scan.

    Attributes
    ----------
    model, device, engine, threshold, lesion_threshold, region, min_volume_mm3, harmonise, scores
        As of :class:`icac.settings.Settings`. On a cluster the model and the rules of scores must be the same on all
        machines.
    series : str
        Which series of a DICOM folder, where the scan itself does not say: a number or description as of
        :func:`icac.ct.read_ct`, or ``"thinnest"``, which is to prefer thin ones. If empty, the rule of
        :mod:`icac.ct.series.choose` chooses.
    prefer : str
        What counts more than that rule.
    save_probability : bool
        Write the probability maps, too.
    assume : str
        Where the voxel axes run of image files that do not tell, ``"lps"`` or ``"ras"``; if empty, such files are
        refused.
    hide_names : bool
        Leave names of files and folders and descriptions out of what is written.
    dicom : str
        What makes a segment where results are written as DICOM, too, one of :data:`icac.settings.DICOM_SEGMENTS`; they
        are not if empty.
    lesion_pictures : bool
        Draw a key picture of each lesion.

    Raises
    ------
    InputError, IcacError
        DICOM is asked for with names hidden, or without highdicom.

    """

    save_probability: bool = False
    hide_names: bool = False
    dicom: str = ""
    lesion_pictures: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.dicom:
            refuse_impossible(None, self.hide_names)

    def identity(self) -> Mapping[str, Any]:
        """Return the checksum of the model, all settings but device and engine, and the version of this software.

        Rules of scores count by what they say, not by the name of their file.

        Raises
        ------
        ModelError
            The model cannot be used.
        InputError
            The rules of scores cannot.

        """
        spec = json.dumps(find_model(self.model or None).spec.to_dict(), sort_keys=True)
        unless_asked = (name for name in ("dicom", "lesion_pictures") if not getattr(self, name))
        left_out = ("device", "engine", *unless_asked)
        deciding = {name: value for name, value in asdict(self).items() if name not in left_out}
        return {**deciding, "model": hashlib.sha256(spec.encode()).hexdigest(), "icac": __version__,
                "scores": dict(rules_of(self.scores).record)}

    def load(self) -> ModelPackage:
        """Return the model; its network is loaded with the first scan and kept (`icac.inference.shared_engine`)."""
        return find_model(self.model or None)

    def read(self, scan: ScanInput) -> CTScan:
        """Read a CT."""
        from icac.ct import read_ct

        if self.dicom:
            refuse_impossible(Path(scan.path))
        series, prefer = self._wanted(scan)
        return read_ct(scan.path, series, self.assume or None, incomplete=True, prefer=prefer)

    def choice(self, scan: ScanInput) -> str:
        """Say which series of a scan would be measured, and why; empty where there is nothing to choose.

        Raises
        ------
        InputError
            None can be chosen.

        """
        from icac.ct.read import chosen_series

        found = chosen_series(scan.path, *self._wanted(scan))
        return found.statement if found else ""

    def _wanted(self, scan: ScanInput) -> tuple[str | None, str]:
        """Return which series of a scan is asked for, and what is preferred."""
        series = scan.series or self.series
        return (None, THIN) if series == THINNEST else (series or None, self.prefer)

    def compute(self, shared: ModelPackage, data: CTScan, folder: Path, stem: str) -> Outcome:
        """Segment a CT and write what ``icac segment`` writes, under names as in BIDS derivatives, and a thumbnail."""
        from icac.cohort.results.files import write_files
        from icac.cohort.results.rows import lesion_rows, scan_row
        from icac.pipeline import segment_scan

        result = segment_scan(data, self, package=shared)
        if self.hide_names:
            result = result.without_names()
        files = write_files(folder, stem, result, self.save_probability, self.dicom, self.lesion_pictures)
        return Outcome(scan_row(result), list(lesion_rows(result)), files, dict(result.seconds))

