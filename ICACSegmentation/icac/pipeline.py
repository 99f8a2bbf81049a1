"""From a CT to measured ICAC: the order of the steps, and nothing else.

>>> from icac.pipeline import segment_file
>>> from icac.settings import Settings
>>> found = segment_file("head_ct/", Settings(region="carotid", min_volume_mm3=1.0))
>>> found.mask.shape == found.scan.volume.array.shape
True
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from icac.anatomy import Course, Side
from icac.course import CourseFit
from icac.ct import CTScan, check_ct, read_ct
from icac.ct.enhancement import blood_hu, contrast_warning
from icac.ct.harmonise import Harmonisation, measured_box, plan_harmonisation, remaining_noise, warnings_of
from icac.ct.missing import refusal, whole_part
from icac.errors import RegistrationError
from icac.geometry import Volume
from icac.lesions import Lesion, find_lesions, measure_burden
from icac.lesions.noise import NoiseField
from icac.lesions.plausible import implausible
from icac.lesions.reported import reported_icac
from icac.log import LOGGER
from icac.network_region import plan_region
from icac.progress import Progress, Silent
from icac.ready import Ready, get_ready
from icac.reference import load_reference
from icac.registration import Registration, prepare_registration, register
from icac.result import MeasuredQuality, ModelIdentity, SegmentedScan
from icac.scores import rules_of
from icac.settings import USUAL, Settings

if TYPE_CHECKING:
    from icac.models import ModelPackage, ModelSpec

#: Fraction of a run that is done when each stage begins.
_STAGES = {"Read": 0.0, "Check": 0.08, "Align": 0.1, "Load model": 0.25, "Segment": 0.3, "Measure": 0.9,
           "Done": 1.0}


#: Said where a network that is told the position looks in the whole crop.
_OUT_OF_PLACE = ["This model learnt near the carotid arteries only: what it finds elsewhere in the crop means nothing."]


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


def segment_file(path: str | Path, settings: Settings = USUAL, *, package: ModelPackage | None = None,
                 progress: Progress | None = None, ready: Future[Ready] | None = None) -> SegmentedScan:
    """Read a CT and segment its ICAC.

    Parameters
    ----------
    path : str or Path
        DICOM folder or file, NIfTI, NRRD or MetaImage.
    settings, package, progress
        As of :func:`segment_scan`.
    ready : future, optional
        Of :func:`icac.ready.get_ready` for these settings and package, if it began before.

    Raises
    ------
    InputError, RegistrationError, ModelError, DeviceError
        Each with one sentence that says what is wrong and what to do.

    """
    clock = _Clock(progress or Silent())
    with ThreadPoolExecutor(2) as beside:
        ready = ready or beside.submit(get_ready, settings, package)
        beside.submit(lambda: prepare_registration(load_reference()))
        with clock.stage("Read", str(path)):
            scan = read_ct(path, settings.series or None, settings.assume or None, incomplete=True,
                           prefer=settings.prefer)
        return _segment(scan, settings, ready, beside, clock)


def segment_scan(scan: CTScan, settings: Settings = USUAL, *, package: ModelPackage | None = None,
                 progress: Progress | None = None) -> SegmentedScan:
    """Segment the ICAC of a scan that was read already.

    Parameters
    ----------
    scan : CTScan
    settings : Settings
        What the user chose. The region ``auto`` is the crop where the registration is uncertain, but for networks that
        are told the position: they learn near the courses only, and what they find farther away means nothing.
    package : ModelPackage, optional
        A loaded model, instead of the one that the settings name.
    progress : Progress, optional

    Raises
    ------
    InputError, RegistrationError, ModelError, DeviceError
        Each with one sentence that says what is wrong and what to do.

    """
    with ThreadPoolExecutor(2) as beside:
        ready = beside.submit(get_ready, settings, package)
        return _segment(scan, settings, ready, beside, _Clock(progress or Silent()))


def _segment(scan: CTScan, settings: Settings, ready: Future[Ready], beside: ThreadPoolExecutor,
             clock: _Clock) -> SegmentedScan:
    from icac.probability import probability_of_icac

    rules_of(settings.scores)  # a wrong file is told before the work
    for note in scan.corrections:
        LOGGER.info("reading: %s", note)
    aligned = beside.submit(_align, scan)
    with clock.stage("Check"):  # what is wrong with a scan is said before that it cannot be aligned
        warnings = [*check_ct(scan)]
    with clock.stage("Align"):
        registration, whole = aligned.result()
        warnings += [*whole.doubts[len(scan.doubts):], *([registration.warning] if registration.warning else [])]
        scan = whole
        harmonisation = _harmonisation(scan, registration, settings)
    with clock.stage("Load model"):
        package, loaded = ready.result()
        LOGGER.info("engine: %s on %s", loaded.name, loaded.device.description)
    spec, has_position = package.spec, loaded.config.position
    rule = _rule(settings, spec)
    region = _region(settings.region, registration, has_position)
    warnings += _OUT_OF_PLACE if region == "crop" and has_position else []
    LOGGER.info("region: %s", region)
    LOGGER.info("harmonisation: %s", harmonisation.statement)
    with clock.stage("Segment", f"{loaded.device.description}, {loaded.name}"):
        plan = plan_region(region, loaded.config)
        box = measured_box(scan.volume.frame, registration.reference_to_scan, plan.wide_frame)
        ct = harmonisation.applied(scan.volume, box)
        probability, fits, features = probability_of_icac(
            ct, registration.reference_to_scan, package, loaded, plan, **rule,
            progress=lambda fraction: clock.within("Segment", "Measure", fraction))
        novelty = package.gate.novelty_of(features) if package.gate and features is not None else None
        courses = {side: fit.course for side, fit in fits.items()}
        _log_courses(fits)
        warnings += [fit.warning for fit in fits.values() if fit.warning]
    with clock.stage("Measure"):
        noise = NoiseField(remaining_noise(ct, registration.reference_to_scan), harmonisation.grain_mm(ct.frame),
                           plan.searched_mm3)
        sought = measured_box(ct.frame, registration.reference_to_scan, plan.frame)
        supported = reported_icac(probability, ct, noise, rule["threshold"], rule["lesion_threshold"], sought)
        found = find_lesions(supported.mask, ct, probability, courses, min_volume_mm3=settings.min_volume_mm3)
        burden = measure_burden(found.lesions, ct, probability, courses, box=sought)
        warnings += [*warnings_of(harmonisation, noise.sd_hu), *([novelty.warning] if novelty else [])]
        warnings = _weightiest_first(found.lesions, ct, courses, warnings)
    clock.progress.update("Done", 1.0, f"{burden.total.volume_mm3:.1f} mm3")
    return SegmentedScan(
        scan=scan, labels=found.labels, probability=probability, lesions=tuple(found.lesions), burden=burden,
        courses=courses, course_fits=fits, registration=registration,
        model=ModelIdentity(spec.name, spec.version, spec.checksum, spec.notice),
        device=loaded.device.description, engine=loaded.name, region=region, settings=settings, **rule,
        seconds=clock.seconds, warnings=tuple(warnings), novelty=novelty, features=features, quality=MeasuredQuality(
            ct, harmonisation, noise.sd_hu, supported.rejected, supported.rejected_mm3))


def _harmonisation(scan: CTScan, registration: Registration, settings: Settings) -> Harmonisation:
    """Return what is done to the sharpness of a scan."""
    found = plan_harmonisation(scan.volume, registration.reference_to_scan)
    return found.left_as_is if settings.harmonise == "off" else found


class _Rule(TypedDict):
    """By what ICAC is told from the rest, as :class:`~icac.result.SegmentedScan` names it."""

    threshold: float
    lesion_threshold: float
    poses: int


def _rule(settings: Settings, spec: ModelSpec) -> _Rule:
    """Return what was chosen, or else the model's own."""
    return _Rule(threshold=spec.threshold if settings.threshold is None else settings.threshold,
                 lesion_threshold=spec.lesion_threshold if settings.lesion_threshold is None else
                 settings.lesion_threshold, poses=settings.poses or spec.poses)


def _region(chosen: str, registration: Registration, has_position: bool) -> str:
    """Return where the network looks: what was chosen, or the crop only where the courses are uncertain."""
    if chosen != "auto":
        return chosen
    return "crop" if registration.is_uncertain and not has_position else "carotid"


def _align(scan: CTScan) -> tuple[Registration, CTScan]:
    """Find the reference head in a scan, and return the part of the scan that can be measured."""
    reference = load_reference()
    try:
        registration = register(scan.volume, reference)
    except RegistrationError:
        if scan.missing:  # they are the likelier reason
            raise refusal(scan, scan.missing[0]) from None
        raise
    whole = whole_part(scan, registration.scan_courses(reference.courses))
    if whole is not scan:
        LOGGER.info("slices are missing; of %d slices the %d around the carotids are measured",
                    len(scan.volume.array), len(whole.volume.array))
    return registration, whole


def _log_courses(fits: Mapping[Side, CourseFit]) -> None:
    for side, fit in fits.items():
        LOGGER.info("course of the %s carotid: %s", side.value,
                    f"fitted, {fit.moved_mm:.1f} mm from where it was expected" if fit.fitted else "as expected")


def _weightiest_first(lesions: Sequence[Lesion], ct: Volume, courses: Mapping[Side, Course], warnings: list[str]
                      ) -> list[str]:
    """Return all warnings: first that a result is implausible, then that there may be contrast agent."""
    known = any("contrast-enhanced" in text for text in warnings)
    contrast = [] if known else [contrast_warning(blood_hu(ct, courses))]
    return [text for text in (implausible(lesions), *contrast, *warnings) if text]
