"""From a CT to measured ICAC: the order of the steps, and nothing else.

>>> result = icac.segment("head_ct/")
>>> print(result.volume_mm3)
>>> result.save("results/")
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from icac.anatomy import Side
from icac.calcium import CALCIUM_HU, is_calcium_dense
from icac.ct import CTScan, check_ct, read_ct
from icac.errors import InputError
from icac.geometry import Frame, Volume
from icac.lesions import find_lesions, measure_burden
from icac.network.geometry import margins
from icac.progress import Progress, Silent
from icac.reference import NETWORK_GRID, load_reference
from icac.reference.region import bounding_frame, course_distance_mm, region_mask
from icac.registration import Registration, register
from icac.report.content import ModelIdentity, ReportContent

if TYPE_CHECKING:
    from icac.inference import Engine
    from icac.models import ModelPackage

#: HU outside the scan when it is sampled on the network's grid.
OUTSIDE_HU = -1024

#: Where the network looks: the tube around the carotid courses, or the whole 240 x 240 x 100 crop of the paper;
#: ``auto`` is the tube unless it is uncertain where the courses lie.
REGIONS = ("auto", "carotid", "crop")

#: Fraction of a run that is done when each stage begins.
_STAGES = {"Read": 0.0, "Check": 0.08, "Align": 0.1, "Load model": 0.25, "Segment": 0.3, "Measure": 0.9,
           "Done": 1.0}


@dataclass(frozen=True, eq=False)
class Result:
    """A segmented scan.

    Attributes
    ----------
    content : ReportContent
        Everything that is reported: lesions, burden, mask, probability, courses, provenance, warnings.

    """

    content: ReportContent

    @property
    def volume_mm3(self) -> float:
        """Volume of all ICAC in mm3."""
        return self.content.burden.total.volume_mm3

    @property
    def mask(self) -> Volume:
        """The segmentation as bool (z, y, x) on the voxels of the scan."""
        return self.content.scan.volume.like(self.content.mask)

    def side_volume_mm3(self, side: Side | str) -> float:
        """Volume of the ICAC of one side of the patient in mm3."""
        return self.content.burden.by_side[Side(side)].volume_mm3

    def save(self, folder: str | Path, *, save_probability: bool = False) -> dict[str, Path]:
        """Write mask, segmentation, tables, report and picture into ``folder``.

        Raises
        ------
        OutputError
            If the folder cannot be written.

        """
        from icac.report import write_results

        return write_results(folder, self.content, save_probability=save_probability)


class _Clock:
    """Times the stages of a run and passes them on to the progress display."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, message: str = "") -> Iterator[None]:
        self.progress.update(name, _STAGES[name], message)
        start = time.perf_counter()
        yield
        self.seconds[name.lower().replace(" ", "_")] = time.perf_counter() - start

    def within(self, name: str, following: str, fraction: float) -> None:
        """Report that ``fraction`` of the stage ``name`` is done."""
        low, high = _STAGES[name], _STAGES[following]
        self.progress.update(name, low + (high - low) * fraction)


def segment(path: str | Path, *, model: str | Path | ModelPackage | None = None, device: str = "auto",
            engine: str = "auto", series: str | None = None, threshold: float | None = None, region: str = "auto",
            min_volume_mm3: float = 0.0, progress: Progress | None = None) -> Result:
    """Segment the ICAC of one CT.

    Parameters
    ----------
    path : str or Path
        DICOM folder or file, NIfTI, NRRD or MetaImage.
    model : str, Path or ModelPackage, optional
        Name of an installed model, folder of a model package, or a loaded package. The default model if omitted.
    device : {"auto", "cpu", "cuda", "mps"}
    engine : {"auto", "openvino", "torch"}
        What runs the network, see :func:`icac.inference.load_engine`.
    series : str, optional
        Which series, where a DICOM folder holds several.
    threshold : float, optional
        Probability above which a voxel of at least 130 HU is ICAC. The model's own if omitted.
    region : {"auto", "carotid", "crop"}
        Look only around the carotid courses, or in the whole crop of the paper. ``auto`` takes the crop where the
        registration is uncertain.
    min_volume_mm3 : float
        Lesions smaller than this are dropped. Nothing is dropped by default.
    progress : Progress, optional

    Returns
    -------
    Result

    Raises
    ------
    InputError, RegistrationError, ModelError, DeviceError
        Each with one sentence that says what is wrong and what to do.

    """
    if threshold is not None and not 0 < threshold < 1:
        raise InputError(f"The threshold is a probability between 0 and 1, not {threshold}.")
    if region not in REGIONS:
        raise InputError(f"The region is one of {', '.join(REGIONS)}, not '{region}'.")
    clock = _Clock(progress or Silent())
    with clock.stage("Read", str(path)):
        scan = read_ct(path, series)
    return segment_scan(scan, model=model, device=device, engine=engine, threshold=threshold, region=region,
                        min_volume_mm3=min_volume_mm3, clock=clock)


def segment_scan(scan: CTScan, *, model: str | Path | ModelPackage | None = None, device: str = "auto",
                 engine: str = "auto", threshold: float | None = None, region: str = "auto",
                 min_volume_mm3: float = 0.0, progress: Progress | None = None, clock: _Clock | None = None) -> Result:
    """Segment a scan that was read already; parameters and errors as of :func:`segment`."""
    clock = clock or _Clock(progress or Silent())
    with clock.stage("Check"):
        warnings = [*check_ct(scan)]
    reference = load_reference()
    with clock.stage("Align"):
        registration = register(scan.volume, reference)
        courses = registration.scan_courses(reference.courses)
        warnings += [registration.warning] if registration.warning else []
    if region == "auto":
        region = "crop" if registration.is_uncertain else "carotid"
    with clock.stage("Load model"):
        from icac.inference import load_engine
        from icac.models import ModelPackage, find_model

        package = model if isinstance(model, ModelPackage) else find_model(model)
        loaded = load_engine(package, engine, device)
    with clock.stage("Segment", f"{loaded.device.description}, {loaded.name}"):
        probability = _probability(scan.volume, registration, package, loaded, region, clock)
    used_threshold = package.spec.threshold if threshold is None else threshold
    with clock.stage("Measure"):
        mask = (probability >= used_threshold) & is_calcium_dense(scan.volume.array)
        found = find_lesions(mask, scan.volume, probability, courses, min_volume_mm3=min_volume_mm3)
        burden = measure_burden(found.lesions, scan.volume, probability, courses)
    clock.progress.update("Done", 1.0, f"{burden.total.volume_mm3:.1f} mm3")
    spec = package.spec
    return Result(ReportContent(
        scan=scan, labels=found.labels, probability=probability, lesions=tuple(found.lesions), burden=burden,
        courses=courses, registration=registration,
        model=ModelIdentity(spec.name, spec.version, spec.weights.sha256, spec.notice),
        device=loaded.device.description, engine=loaded.name, region=region, threshold=used_threshold,
        seconds=clock.seconds, warnings=tuple(warnings), min_volume_mm3=min_volume_mm3))


def analysed_frame(region: str, courses: dict) -> tuple[Frame, np.ndarray]:
    """Return the block of the network grid to compute, and the mask (z, y, x) of its voxels that count.

    Parameters
    ----------
    region : {"carotid", "crop"}
    courses : dict of Side to Course
        Courses of the reference head.

    """
    if region == "crop":
        return NETWORK_GRID, np.ones(NETWORK_GRID.shape, dtype=bool)
    frame = bounding_frame(NETWORK_GRID, region_mask(NETWORK_GRID, courses), (4, 4, 2))
    return frame, region_mask(frame, courses)


def with_margins(frame: Frame) -> Frame:
    """Return a block of the network grid widened by the context that the network needs."""
    around = margins(frame.shape)
    start = tuple(-before for before, _ in around)[::-1]
    size = tuple(n + before + after for n, (before, after) in zip(frame.shape, around, strict=True))[::-1]
    return frame.crop(start, size)


def _resampled(ct: Volume, frame: Frame, reference_to_scan: np.ndarray) -> np.ndarray:
    """Sample the scan on a frame in reference space; only the part that is needed is handed to SimpleITK."""
    from icac.inference.resample import covered_block

    start, size = covered_block(frame, ct.frame, reference_to_scan)
    if min(size) < 1:
        return np.full(frame.shape, OUTSIDE_HU, dtype=ct.array.dtype)
    block = tuple(slice(s, s + n) for s, n in zip(start[::-1], size[::-1], strict=True))
    part = Volume(ct.array[block], ct.frame.crop(start, size))
    return part.resample(frame, reference_to_scan, outside=OUTSIDE_HU).array


def _probability(ct: Volume, registration: Registration, package: ModelPackage, engine: Engine, region: str,
                 clock: _Clock) -> np.ndarray:
    """Return the probability of ICAC, float32 (z, y, x) on the voxels of the scan."""
    from icac.inference import predict_with, to_scan_grid
    from icac.inference.slabs import plan_slabs
    from icac.reference.position import coarse_positions

    spec, courses = package.spec, load_reference().courses
    frame, counted = analysed_frame(region, courses)
    wide_frame = with_margins(frame)
    wide = _resampled(ct, wide_frame, registration.reference_to_scan)
    inner = tuple(slice(before, before + n) for n, (before, _) in zip(frame.shape, margins(frame.shape), strict=True))
    calcium = (wide[inner] >= CALCIUM_HU) & counted
    if not calcium.any():
        return np.zeros(ct.frame.shape, dtype=np.float32)
    probability = predict_with(
        engine, wide, spec.intensity, parts=plan_slabs(counted, spec.architecture), temperature=spec.temperature,
        position=coarse_positions(wide_frame) if spec.architecture.position else None,
        progress=lambda fraction: clock.within("Segment", "Measure", fraction))
    probability *= counted
    if spec.course_prior:
        distance = course_distance_mm(frame, courses, calcium)
        probability[calcium] = spec.course_prior.apply(probability[calcium], distance)
    return to_scan_grid(Volume(probability, frame), calcium, ct, registration.reference_to_scan)
