"""Which of the volumes of a study in the scene suits ICAC best, by the rule for the series of a study."""

from __future__ import annotations

import numpy as np
import slicer

from ICACSegmentationLib.scene.dicom_database import values_of
from ICACSegmentationLib.scene.grids import world_frame, world_volume
from ICACSegmentationLib.scene.nodes import is_image

#: What the rule wants to know of a DICOM series: tag by the name under which icac knows it.
_TAGS = {"number": "0020,0011", "description": "0008,103E", "modality": "0008,0060", "kernel": "0018,1210",
         "image_type": "0008,0008", "agent": "0018,0010", "body_part": "0018,0015", "thickness": "0018,0050",
         "frame": "0020,0052", "study": "0020,000D", "patient": "0010,0020", "date": "0008,0022", "time": "0008,0032",
         "kv": "0018,0060"}


def volumes_of_examination(volume) -> list:
    """Return all images of the scene that are of the same patient, study and time as a volume, with itself.

    Only the DICOM database tells that: a volume that is not from there is alone.
    """
    from icac.ct.series.choose import examinations

    if not _tags(volume)["study"]:
        return [volume]
    images = [(node, tags) for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
              if is_image(node) and (tags := _tags(node))["study"]]
    patients = sorted({tags["patient"] for _node, tags in images})  # of the database, which has one for each
    groups = examinations(_info(node, tags, 1 + patients.index(tags["patient"])) for node, tags in images)
    own = next(group for group in groups if any(info.uid == volume.GetID() for info in group))
    return [slicer.mrmlScene.GetNodeByID(info.uid) for info in own]


def choice_among(volumes):
    """Return the :class:`icac.ct.series.choose.Choice` among volumes of one examination; UIDs are those of nodes."""
    from icac.ct.glance import lacks_siphon
    from icac.ct.series.choose import choose

    def look(info) -> str:
        return lacks_siphon(world_volume(slicer.mrmlScene.GetNodeByID(info.uid)))

    return choose([_info(volume, _tags(volume)) for volume in volumes], look=look)


def _info(volume, tags: dict[str, str], patient: int = 1):
    """Return what is known of a volume as the rule takes it; ``patient`` is its number in the scene."""
    from icac.ct.series.info import SeriesInfo, minutes_of

    frame = world_frame(volume)
    obstacle, reformatted = _obstacle(tags, frame)
    corners = np.array([frame.to_lps(np.array([i, j, k])) for i in (0, frame.size[0] - 1)
                        for j in (0, frame.size[1] - 1) for k in (-0.5, frame.size[2] - 0.5)])
    middle = corners.reshape(4, 2, 3).mean(axis=0)[:, 2]
    return SeriesInfo(
        volume.GetID(), tags["number"], tags["description"] or volume.GetName(), tags["modality"] or "CT",
        frame.size[2], _number(tags["thickness"]), tags["kernel"], obstacle, reformatted, tags["image_type"],
        tags["agent"], tags["body_part"], round(float(frame.spacing[2]), 3),
        (float(middle.min()), float(middle.max())), float(min(np.multiply(frame.size, frame.spacing)[:2])),
        float(max(frame.spacing[:2])), tags["frame"], tags["study"], patient,
        minutes_of(tags["date"], tags["time"]), _number(tags["kv"]))


def _obstacle(tags: dict[str, str], frame) -> tuple[str, bool]:
    """Say why a volume is no stack of axial CT slices, empty if it is one, and tell whether it is reformatted."""
    from icac.ct.series.info import obstacle_of_stack
    from icac.ct.series.words import described_kind, image_kind

    kind = image_kind(tags["image_type"]) or described_kind(tags["description"], tags["image_type"])
    normal = frame.affine[:3, 2] / np.linalg.norm(frame.affine[:3, 2])
    if tags["modality"] not in ("", "CT"):
        return f"modality {tags['modality']}", False
    if kind and kind != "reformatted":
        return kind, False
    return obstacle_of_stack(float(normal[2]), frame.size[2]), bool(kind)


def _tags(volume) -> dict[str, str]:
    """Return what the DICOM database knows of a volume; empty texts if it did not come from there."""
    return {name: text.strip() for name, text in values_of(volume, _TAGS).items()}


def _number(text: str) -> float | None:
    try:
        return float(text.split("\\")[0])
    except ValueError:
        return None
