"""The measurements as a structured report, PS3.16 TID 1500, of which each group points at its segment."""

from __future__ import annotations

from typing import Any

from highdicom import sr

from icac.report.dicom import codes
from icac.report.dicom.made_by import RESEARCH_ONLY, Origin, equipment, person_name, short
from icac.report.dicom.measured import Measured, groups_of
from icac.report.dicom.segmentation import Segmentation
from icac.report.dicom.segments import DicomSegment
from icac.report.dicom.source import Source
from icac.report.dicom.terminology import CATEGORY, REGION, SIDES, TYPE
from icac.report.dicom.uids import Uids
from icac.result import SegmentedScan
from icac.result_files import MANUFACTURER

SERIES_NUMBER = 9002


def make_report(result: SegmentedScan, source: Source, segmentation: Segmentation, segments: list[DicomSegment],
                shown: dict[int, list[int]], origin: Origin, uids: Uids) -> sr.ComprehensiveSR:
    """Make the report.

    Parameters
    ----------
    result : SegmentedScan
    source : Source
    segmentation : Segmentation
        What the report points at.
    segments : list of DicomSegment
    shown : dict of int to list of int
        Id of each lesion to the slices of the series that show it.
    origin : Origin
    uids : Uids

    """
    whole, sides, lesions = groups_of(result)
    pointing = _Pointing(source, segmentation, segments, shown)
    content = sr.MeasurementReport(
        _observers(result, origin), codes.PROCEDURE,
        [_group(measured, pointing, result, uids) for measured in (whole, *sides, *lesions)])
    content[0].ContentSequence.extend(
        sr.TextContentItem(codes.COMMENT, text, sr.RelationshipTypeValues.CONTAINS)
        for text in (result.model.full_notice, *result.warnings))
    return sr.ComprehensiveSR(
        [segmentation.dataset, *source.files], content[0], series_instance_uid=uids.of("report series"),
        series_number=SERIES_NUMBER, sop_instance_uid=uids.of("report"), instance_number=1, is_complete=True,
        series_description=f"ICAC measurements ({RESEARCH_ONLY})", coding_schemes=[codes.own_scheme()],
        **equipment(result))


class _Pointing:
    """What the groups of a report point at; as of :func:`make_report`."""

    def __init__(self, source: Source, segmentation: Segmentation, segments: list[DicomSegment],
                 shown: dict[int, list[int]]) -> None:
        self._source, self._segmentation, self._segments, self._shown = source, segmentation, segments, shown

    def segment_of(self, measured: Measured) -> sr.ReferencedSegment | None:
        """Return the segment that shows just these lesions; None if none does."""
        fitting = [one for one in self._segments if (one.lesions, one.side) == (measured.ids, measured.side)]
        if not fitting:
            return None
        return sr.ReferencedSegment(
            *self._identity(), fitting[0].number, source_series=sr.SourceSeriesForSegmentation(self._source.series_uid),
            source_images=[sr.SourceImageForSegmentation(*image) for image in self._images(measured)] or None)

    def images_of(self, measured: Measured) -> list[sr.SourceImageForMeasurementGroup]:
        """Return the frames of the segmentation that show the lesions, and the images of the scan they lie on."""
        slices, segments = self._slices(measured), [one for one in self._segments if one.lesions & measured.ids]
        frames = [frame for one in segments for number in slices
                  if (frame := self._segmentation.frames.get((one.number, number)))]
        shown = [(*self._identity(), sorted(frames) or None), *self._images(measured)]
        return [sr.SourceImageForMeasurementGroup(*image) for image in shown]

    def _identity(self) -> tuple[str, str]:
        dataset = self._segmentation.dataset
        return str(dataset.SOPClassUID), str(dataset.SOPInstanceUID)

    def _slices(self, measured: Measured) -> list[int]:
        return sorted({number for lesion in measured.ids for number in self._shown[lesion]})

    def _images(self, measured: Measured) -> list[tuple[str, str, list[int] | None]]:
        """Return class, UID and frames, if any, of the images that show the lesions."""
        files: dict[tuple[str, str], list[int]] = {}
        for one in (self._source.native.slices[number] for number in self._slices(measured)):
            files.setdefault((one.class_uid, one.uid), []).extend([] if one.frame is None else [one.frame + 1])
        return [(*file, sorted(frames) or None) for file, frames in files.items()]


def _observers(result: SegmentedScan, origin: Origin) -> sr.ObservationContext:
    """Return who observed: the software, and who reviewed it."""
    name = short(f"{MANUFACTURER} {result.model.name} {result.model.version} ({RESEARCH_ONLY})")
    device = sr.DeviceObserverIdentifyingAttributes(
        Uids(name, result.model.checksum).of("device"), name, MANUFACTURER,
        equipment(result)["manufacturer_model_name"], equipment(result)["device_serial_number"])
    persons = [sr.ObserverContext(codes.PERSON, sr.PersonObserverIdentifyingAttributes(person_name(reviewer)))
               for reviewer in origin.reviewers]
    context = sr.ObservationContext(observer_device_context=sr.ObserverContext(codes.DEVICE, device))
    for person in persons:
        context.extend(person)
    return context


def _group(measured: Measured, pointing: _Pointing, result: SegmentedScan, uids: Uids
           ) -> sr.VolumetricROIMeasurementsAndQualitativeEvaluations | sr.MeasurementsAndQualitativeEvaluations:
    """Return what was measured of some lesions."""
    common: dict[str, Any] = {
        "tracking_identifier": sr.TrackingIdentifier(uids.of(measured.name), measured.name),
        "finding_type": codes.coded(TYPE), "finding_category": codes.coded(CATEGORY),
        "finding_sites": [sr.FindingSite(codes.coded(REGION), _laterality(measured))],
        "algorithm_id": sr.AlgorithmIdentification(short(f"{MANUFACTURER} {result.model.name}"),
                                                   short(result.model.version)),
        "measurements": _measurements(measured), "qualitative_evaluations": _segment(measured)}
    segment = pointing.segment_of(measured)
    if segment is None:
        return sr.MeasurementsAndQualitativeEvaluations(**common, source_images=pointing.images_of(measured))
    return sr.VolumetricROIMeasurementsAndQualitativeEvaluations(**common, referenced_segment=segment)


def _laterality(measured: Measured) -> sr.CodedConcept:
    return codes.coded(SIDES[measured.side]) if measured.side else codes.BOTH_SIDES


def _segment(measured: Measured) -> list[sr.QualitativeEvaluation] | None:
    if measured.segment is None:
        return None
    return [sr.QualitativeEvaluation(codes.SEGMENT, codes.segment_code(measured.segment))]


def _measurements(measured: Measured) -> list[sr.Measurement]:
    found = [sr.Measurement(codes.VOLUME, round(measured.volume_mm3, 4), codes.CUBIC_MM),
             sr.Measurement(codes.SCORE, round(measured.agatston, 4), codes.NO_UNIT, method=codes.AGATSTON_TYPE),
             sr.Measurement(codes.COUNT, len(measured.lesions), codes.NO_UNIT)]
    for value, derivation in ((measured.mean_hu, codes.MEAN), (measured.max_hu, codes.MAXIMUM)):
        if value is not None:
            found.append(sr.Measurement(codes.ATTENUATION, round(value, 2), codes.HOUNSFIELD, derivation=derivation))
    return found
