"""From a CT to measured ICAC: the order of the steps, and nothing else.

>>> from icac import segment
>>> result = segment("head_ct/", region="carotid", min_volume_mm3=1.0)
>>> result.mask.array.shape == result.content.scan.volume.array.shape
True
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from icac.anatomy import Side
from icac.calcium import is_calcium_dense
from icac.course import CourseFit, on_course, registered_courses
from icac.ct import CTScan, check_ct, read_ct
from icac.ct.enhancement import blood_hu, contrast_warning
from icac.ct.harmonise import HARMONISE, measured_box, plan_harmonisation, remaining_noise, warnings_of
from icac.errors import InputError
from icac.geometry import Volume
from icac.lesions import find_lesions, measure_burden
from icac.lesions.noise import NoiseField
from icac.lesions.plausible import implausible
from icac.lesions.reported import reported_icac
from icac.network_region import REGIONS, plan_analysis
from icac.progress import Progress, Silent
from icac.reference import load_reference
from icac.registration import Registration, register
from icac.report.content import MeasuredQuality, ModelIdentity, ReportContent

if TYPE_CHECKING:
    from icac.inference import Engine
    from icac.models import ModelPackage

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
            min_volume_mm3: float = 0.0, harmonise: str = "auto", progress: Progress | None = None) -> Result:
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
        registration is uncertain, but for networks that are told the position: they learn near the courses only, and
        what they find farther away means nothing.
    min_volume_mm3 : float
        Lesions smaller than this are dropped. Nothing is dropped by default.
    harmonise : {"auto", "off"}
        Bring scans that are sharper than the reference conditions to them before anything is sought or measured
        (:mod:`icac.ct.harmonise`), or take every scan as it is.
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
    if harmonise not in HARMONISE:
        raise InputError(f"Harmonisation is one of {', '.join(HARMONISE)}, not '{harmonise}'.")
    clock = _Clock(progress or Silent())
    with clock.stage("Read", str(path)):
        scan = read_ct(path, series)
    return segment_scan(scan, model=model, device=device, engine=engine, threshold=threshold, region=region,
                        min_volume_mm3=min_volume_mm3, harmonise=harmonise, clock=clock)


def segment_scan(scan: CTScan, *, model: str | Path | ModelPackage | None = None, device: str = "auto",
                 engine: str = "auto", threshold: float | None = None, region: str = "auto",
                 min_volume_mm3: float = 0.0, harmonise: str = "auto", progress: Progress | None = None,
                 clock: _Clock | None = None) -> Result:
    """Segment a scan that was read already; parameters and errors as of :func:`segment`."""
    clock = clock or _Clock(progress or Silent())
    with ThreadPoolExecutor(1) as beside:
        ready = beside.submit(_prepare, model, engine, device, region)
        with clock.stage("Check"):
            warnings = [*check_ct(scan)]
        reference = load_reference()
        with clock.stage("Align"):
            registration = register(scan.volume, reference)
            warnings += [registration.warning] if registration.warning else []
            harmonisation = plan_harmonisation(scan.volume, registration.reference_to_scan)
            harmonisation = harmonisation.left_as_is if harmonise == "off" else harmonisation
        with clock.stage("Load model"):
            package, loaded = ready.result()
    if region == "auto":
        region = "crop" if registration.is_uncertain and not loaded.config.position else "carotid"
    elif region == "crop" and loaded.config.position:
        warnings.append("This model learnt near the carotid arteries only: what it finds elsewhere in the crop means "
                        "nothing.")
    with clock.stage("Segment", f"{loaded.device.description}, {loaded.name}"):
        plan = plan_analysis(region, loaded.config)
        box = measured_box(scan.volume.frame, registration.reference_to_scan, plan.wide_frame)
        ct = harmonisation.applied(scan.volume, box)
        probability, fits = _probability(ct, registration, package, loaded, region, clock)
        courses = {side: fit.course for side, fit in fits.items()}
        warnings += [fit.warning for fit in fits.values() if fit.warning]
    used_threshold = package.spec.threshold if threshold is None else threshold
    with clock.stage("Measure"):
        noise = NoiseField(remaining_noise(ct, registration.reference_to_scan), harmonisation.grain_mm(ct.frame),
                           plan.searched_mm3)
        supported = reported_icac(probability, ct, noise, used_threshold, package.spec.lesion_threshold)
        found = find_lesions(supported.mask, ct, probability, courses, min_volume_mm3=min_volume_mm3)
        burden = measure_burden(found.lesions, ct, probability, courses)
        warnings += warnings_of(harmonisation, noise.sd_hu)
        known = any("contrast-enhanced" in text for text in warnings)
        first = [] if known else [contrast_warning(blood_hu(ct, courses))]
        warnings = [text for text in (implausible(found.lesions), *first, *warnings) if text]
    clock.progress.update("Done", 1.0, f"{burden.total.volume_mm3:.1f} mm3")
    spec = package.spec
    return Result(ReportContent(
        scan=scan, labels=found.labels, probability=probability, lesions=tuple(found.lesions), burden=burden,
        courses=courses, course_fits=fits, registration=registration,
        model=ModelIdentity(spec.name, spec.version, spec.stored.sha256, spec.notice),
        device=loaded.device.description, engine=loaded.name, region=region, threshold=used_threshold,
        lesion_threshold=package.spec.lesion_threshold, seconds=clock.seconds, warnings=tuple(warnings),
        min_volume_mm3=min_volume_mm3,
        quality=MeasuredQuality(ct, harmonise, harmonisation, noise.sd_hu, supported.rejected,
                                supported.rejected_mm3)))


def _prepare(model: str | Path | ModelPackage | None, engine: str, device: str, region: str
             ) -> tuple[ModelPackage, Engine]:
    """Load the model and all that does not depend on the scan, while the scan is being aligned."""
    from icac.inference import shared_engine
    from icac.models import ModelPackage, find_model

    package = model if isinstance(model, ModelPackage) else find_model(model)
    loaded = shared_engine(package, engine, device)
    plan = plan_analysis("crop" if region == "crop" else "carotid", loaded.config)
    loaded.prepare(plan.parts, coarse_position=plan.position is not None)
    return package, loaded


def _probability(ct: Volume, registration: Registration, package: ModelPackage, engine: Engine, region: str,
                 clock: _Clock) -> tuple[np.ndarray, dict[Side, CourseFit]]:
    """Return the probability of ICAC, float32 (z, y, x) on the voxels of the scan, and the courses, LPS mm of it."""
    from icac.inference import predict_outputs, to_scan_grid
    from icac.inference.allocator import give_back_freed_memory

    give_back_freed_memory()
    spec, plan = package.spec, plan_analysis(region, engine.config)
    wide = plan.sample(ct, registration.reference_to_scan)
    calcium = is_calcium_dense(plan.inner(wide)) & plan.counted
    to_scan = registration.reference_to_scan
    if not calcium.any():
        fits = registered_courses(load_reference().courses)
        return np.zeros(ct.frame.shape, np.float32), {side: fit.transformed(to_scan) for side, fit in fits.items()}
    outputs = predict_outputs(engine, wide, spec.intensity, position=plan.position, parts=plan.parts,
                              temperature=spec.temperature,
                              progress=lambda fraction: clock.within("Segment", "Measure", fraction))
    found = on_course(outputs, plan.frame, plan.counted, calcium, spec.course_prior)
    return (to_scan_grid(Volume(found.probability, plan.frame), found.dense, ct, to_scan),
            {side: fit.transformed(to_scan) for side, fit in found.courses.items()})
