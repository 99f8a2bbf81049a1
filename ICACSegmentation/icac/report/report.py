"""A report that was written, read again: what others need of it, with its types."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from icac.anatomy import Course, Side
from icac.ct.harmonise import UNCHANGED, Harmonisation, measured_box
from icac.ct.scan import CTScan, thickness_of
from icac.errors import InputError
from icac.files.json_file import load_json, parse_json
from icac.geometry import Volume
from icac.geometry.box import Box
from icac.lesions.burden import Amount
from icac.reference import load_reference
from icac.report.courses import courses_from, courses_statement
from icac.report.record import write_record
from icac.result import algorithm_name

#: Standard deviations of the Gaussian by which a scan can have been blurred, mm: six decimals are written, and one as
#: wide as an artery leaves nothing to measure.
LEAST_BLUR_MM, MOST_BLUR_MM = 1e-6, 5.0


@dataclass(frozen=True, eq=False)
class Report:
    """A report of ``icac segment``.

    What it does not tell, or not rightly, is an InputError as soon as it is asked for: files of older versions and of
    users are read too.

    Attributes
    ----------
    record : mapping
        What the file holds, of the form ``report.schema.json``.
    source : str
        What the report is called in errors: its path, as a rule.

    """

    record: Mapping[str, Any]
    source: str = "The report"

    @classmethod
    def load(cls, path: str | Path, owner: str = "") -> Report:
        """Read a report.

        Parameters
        ----------
        path : str or Path
        owner : str
            Whose report it is, for errors, such as ``case 7``.

        Raises
        ------
        InputError
            The file cannot be read or is no report.

        """
        source = f"{path} of {owner}" if owner else str(path)
        try:
            return cls._of(load_json(path), source)
        except (OSError, ValueError) as error:
            raise _refusal(source) from error

    @classmethod
    def parse(cls, text: str, source: str = "The report") -> Report:
        """Read a report from its text; raises InputError if it is none."""
        try:
            return cls._of(parse_json(text), source)
        except ValueError as error:
            raise _refusal(source) from error

    @classmethod
    def _of(cls, record: object, source: str) -> Report:
        if not isinstance(record, dict):
            raise ValueError("it is no object")
        return cls(record, source)

    @property
    def text(self) -> str:
        """The report as JSON on one line."""
        return json.dumps(self.record)

    def write(self, path: Path) -> Path:
        """Write the report, whole or not at all; return the path. Raises OutputError if it cannot be written."""
        return write_record(self.record, path)

    @property
    def input_path(self) -> str:
        """Which scan was segmented: the path that the user gave."""
        return self._text("input", "path")

    @property
    def identity(self) -> dict[str, str]:
        """What is known of the scan and nothing of the patient, as :attr:`icac.ct.CTScan.identity` has it."""
        with self._checked():
            return {str(key): str(value) for key, value in self.record.get("input", {}).get("identity", {}).items()}

    @property
    def thickness_mm(self) -> float | None:
        """Thickness of the thickest slice, None where the scan did not tell."""
        with self._checked():
            thickness = thickness_of(self.identity)
            if thickness is not None and not 0 < thickness < float("inf"):
                raise ValueError(f"slices of {thickness} mm")
            return thickness

    @property
    def field_of_view_mm(self) -> float:
        """Width of the scan; not a number of reports that do not say."""
        with self._checked():
            geometry = self.record.get("geometry")
            return float(geometry["size_xyz"][0]) * float(geometry["spacing_xyz_mm"][0]) if geometry else float("nan")

    @property
    def slice_increment_mm(self) -> float:
        """Distance of the slices; not a number of reports that do not say."""
        with self._checked():
            return float(self.record.get("geometry", {}).get("slice_increment_mm", "nan"))

    @property
    def engine(self) -> str:
        """What ran the network, with its version; empty of reports that do not say."""
        with self._checked():
            return str(self.record.get("settings", {}).get("engine", ""))

    @property
    def files(self) -> dict[str, str]:
        """What was written beside the report: role to file name."""
        with self._checked():
            return {str(role): str(name) for role, name in self._at("files").items()}

    @property
    def notice(self) -> str:
        """What must be said wherever figures of the report are shown."""
        return self._text("notice")

    @property
    def reading(self) -> str:
        """How a person read the scan without a result of the model, see :mod:`icac.report.reading`; empty if not."""
        found = self.record.get("reading", "")
        return found if isinstance(found, str) else ""

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence each."""
        with self._checked():
            return tuple(map(str, self._at("warnings")))

    @property
    def created(self) -> str:
        """When the scan was segmented: UTC, ISO 8601."""
        return self._text("created")

    @property
    def software(self) -> str:
        """Version of this library that segmented the scan."""
        return self._text("software", "icac")

    @property
    def device(self) -> str:
        """Words for the computing device."""
        return self._text("settings", "device")

    @property
    def threshold(self) -> float:
        """Probability above which a dense voxel is ICAC."""
        with self._checked():
            return float(self._at("settings", "probability_threshold"))

    @property
    def lesion_threshold(self) -> float:
        """Probability that some voxel of a lesion reaches; 0 in reports that do not say."""
        with self._checked():
            return float(self._at("settings").get("lesion_probability_threshold", 0.0))

    @property
    def harmonise(self) -> str:
        """Whether sharp scans were brought to the reference conditions."""
        with self._checked():
            return str(self._at("settings").get("harmonise", "auto"))

    @property
    def poses(self) -> int:
        """Over how many poses of the head the mean was taken; 1 in reports that do not say."""
        with self._checked():
            return int(self._at("settings").get("poses", 1))

    @property
    def region(self) -> str:
        """Where the network looked, ``carotid`` or ``crop``; around the carotids in reports that do not say."""
        with self._checked():
            return "crop" if self.record.get("settings", {}).get("region") == "crop" else "carotid"

    @property
    def chosen(self) -> dict[str, Any]:
        """What was chosen that changes a volume, as :data:`icac.norms.norms.SETTINGS` names it; None if not told."""
        with self._checked():
            settings = self._at("settings")
            return {"threshold": settings.get("probability_threshold"),
                    "lesion_threshold": settings.get("lesion_probability_threshold"),
                    "min_lesion_volume_mm3": settings.get("min_lesion_volume_mm3"),
                    "harmonise": settings.get("harmonise"), "poses": settings.get("poses")}

    @property
    def model(self) -> str:
        """Name of the model."""
        return self._text("model", "name")

    @property
    def model_version(self) -> str:
        """Version of the model."""
        return self._text("model", "version")

    @property
    def model_checksum(self) -> str:
        """SHA-256 of the weights."""
        return self._text("model", "checksum")

    @property
    def algorithm_name(self) -> str:
        """What made the segmentation, as DICOM SEG names it."""
        return algorithm_name(self.model, self.model_version)

    @property
    def seconds(self) -> dict[str, float]:
        """Duration of each stage."""
        with self._checked():
            return {str(stage): float(value) for stage, value in self._at("seconds").items()}

    def is_of_another_ct(self, scan: CTScan) -> bool:
        """Tell whether the report was written for other voxels than those of a scan, by the checksums it has."""
        with self._checked():
            source = self.record.get("input", {})
            if "voxels_sha256" in source:
                return source["voxels_sha256"] != scan.voxels_sha256
            # Reports before format 1.3: a checksum that only files of the same kind share.
            known = source.get("identity", {}).get("sha256")
            return known is not None and source.get("kind") == scan.kind and known != scan.identity["sha256"]

    def amount(self, side: Side | None = None) -> Amount:
        """Return how much calcium there is on one side, or on both."""
        with self._checked():
            part = self._at("totals") if side is None else self._at("totals", side.value)
            return Amount(float(part["volume_mm3"]), float(part["expected_volume_mm3"]),
                          float(part["agatston_score"]), int(part["lesions"]))

    @property
    def reference_to_scan(self) -> np.ndarray:
        """4 x 4; maps reference LPS mm to scan LPS mm."""
        with self._checked():
            matrix = np.array(self._at("registration", "reference_to_scan_lps_mm"), dtype=float)
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
            raise _refusal(self.source)
        return matrix

    @property
    def courses(self) -> dict[Side, Course]:
        """The courses by which the scan was measured, in its space, LPS mm.

        Reports before format 1.2 tell the alignment alone: their courses are those of the reference head, laid into
        the scan.
        """
        if "courses" not in self.record:
            reference_to_scan = self.reference_to_scan
            return {side: course.transformed(reference_to_scan) for side, course in load_reference().courses.items()}
        with self._checked():
            return courses_from(self._at("courses"))

    @property
    def courses_statement(self) -> str | None:
        """What the fit of the courses did, in a sentence; None if the model does not look for the arteries."""
        with self._checked():
            return courses_statement(self.record.get("courses", {}))

    @property
    def harmonisation(self) -> Harmonisation:
        """What was measured of the scan and done to it; older reports are of scans taken as they are."""
        found = self.record.get("image_quality")
        if not found:
            return UNCHANGED
        with self._checked():
            x, y, z = (_known(value) for value in found["edge_fwhm_xyz_mm"])
            blur_x, blur_y, blur_z = (_blur(value) for value in found["blur_sd_xyz_mm"])
            return Harmonisation((x, y, z), _known(found["noise_sd_hu"]), (blur_x, blur_y, blur_z))

    @property
    def measured_noise_hu(self) -> float:
        """Standard deviation of the noise of the scan in the form in which it was measured; NaN where unknown."""
        with self._checked():
            return _known(self.record.get("image_quality", {}).get("measured_noise_sd_hu"))

    def measured(self, ct: Volume, box: Box | None = None) -> Volume:
        """Return the scan of the report in the form in which it was measured, around the carotids; beyond, as it is.

        Parameters
        ----------
        ct : Volume
            HU, the scan that the report speaks of.
        box : Box, optional
            The part that is needed, if not all around the carotids.

        """
        done = self.harmonisation
        return done.applied(ct, box or measured_box(ct.frame, self.reference_to_scan)) if done.changes else ct

    def of_scan(self, name: str) -> Report:
        """Return the same report of a scan that is called otherwise, wherever it names the scan."""
        path = self.input_path
        return self._with(input={**self._at("input"), "path": name},
                          warnings=[text.replace(path, name) for text in self.warnings])

    def with_warning(self, text: str) -> Report:
        """Return the same report with one more warning."""
        return self._with(warnings=[text, *self.warnings])

    def beside(self, files: Mapping[str, str]) -> Report:
        """Return the same report beside files of other names, role to file name."""
        return self._with(files={role: files[role] for role in self.files if role in files})

    def _with(self, **changed: Any) -> Report:
        return replace(self, record={**self.record, **changed})

    def _at(self, *keys: str) -> Any:
        found: Any = self.record
        with self._checked():
            for key in keys:
                found = found[key]
        return found

    def _text(self, *keys: str) -> str:
        found = self._at(*keys)
        if not isinstance(found, str):
            raise _refusal(self.source)
        return found

    @contextmanager
    def _checked(self) -> Iterator[None]:
        try:
            yield
        except (KeyError, IndexError, TypeError, ValueError, OverflowError, AttributeError) as error:
            raise _refusal(self.source) from error


def another_ct(report: object, ct: object) -> str:
    """Return the sentence that says that a report (its path, or what it is called) is of another CT than ``ct``."""
    return (f"{report} is of another CT than {ct} (their checksums differ): the prediction may be that of another "
            "patient.")


def _blur(value: float) -> float:
    """Return the standard deviation of a blur, mm; raises ValueError if no scan was blurred so."""
    sd = float(value)
    if sd and not LEAST_BLUR_MM <= sd <= MOST_BLUR_MM:
        raise ValueError(f"a blur of {sd:g} mm")
    return sd


def _known(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _refusal(source: str) -> InputError:
    return InputError(f"{source} is not a report of 'icac segment' or lacks a part; segment the scan again or move the "
                      "report away.")
