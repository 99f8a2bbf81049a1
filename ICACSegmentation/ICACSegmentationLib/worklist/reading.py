"""Reading a case without the model's result: an empty segmentation, or one that begins with what readers marked."""

from __future__ import annotations

import json

import numpy as np
import slicer
from slicer.i18n import tr as _

from ICACSegmentationLib.common.colors import PREDICTED
from ICACSegmentationLib.result.data import REPORT_ATTRIBUTE
from ICACSegmentationLib.review.scene_review import REVIEW_ATTRIBUTE, SEGMENT_ID
from ICACSegmentationLib.scene.grids import set_segment_mask
from ICACSegmentationLib.scene.nodes import add_hidden, place_beside, refer_to, show_outlines

#: Colours of what all readers marked, and of what only one did, in their order; told apart with any colour vision.
ALL_COLOR = (0.75, 0.75, 0.78)
READER_COLORS = ((0.90, 0.62, 0.0), (0.34, 0.71, 0.91), (0.8, 0.47, 0.65), (0.94, 0.89, 0.26))


def blind_reading(worklist, ct, volume, review: dict | None):
    """Return the segmentation of a case that is read without the model: nothing but what the reader marked.

    Of a result only where the arteries lie is used.
    """
    return _reading(worklist, ct, volume, review, "blind", None)


def adjudicated_reading(worklist, ct, volume, review: dict | None):
    """Return the segmentation of a third reading, which begins with all that any reader marked."""
    masks = readings_of(worklist, volume.frame)
    _show_readings(masks, ct, volume.frame)
    return _reading(worklist, ct, volume, review, "adjudication", np.logical_or.reduce(list(masks.values())))


def readings_of(worklist, frame) -> dict[str, np.ndarray]:
    """Return the masks of the readers of the open case, bool (z, y, x) on the frame of its CT."""
    from icac.worklist.adjudication import read_readings

    return read_readings(worklist.readings(), frame)


def _reading(worklist, ct, volume, review: dict | None, how: str, mask: np.ndarray | None):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", _("{case} reading").format(case=ct.GetName()))
    refer_to(node, ct)
    place_beside(node, ct)
    node.GetSegmentation().AddEmptySegment(SEGMENT_ID, "ICAC", PREDICTED)
    if mask is not None and mask.any():
        set_segment_mask(node, SEGMENT_ID, mask, volume.frame)
    show_outlines(node)
    node.SetAttribute(REPORT_ATTRIBUTE, _report(worklist.current, volume, how).text)
    if review is not None:
        node.SetAttribute(REVIEW_ATTRIBUTE, json.dumps(review))
    return node


def _report(case, volume, how: str):
    """Return the report of the reading: where the arteries lie is told by a result, or looked for now."""
    from icac.reference import load_reference
    from icac.registration import register
    from icac.report import Report
    from icac.report.reading import reading_report
    from icac.result_files import USUAL_NAMES, find_file

    if case.result:
        path = find_file(case.result, "report") or case.result / USUAL_NAMES.usual("report")
        return reading_report(how, case.name, Report.load(path))
    return reading_report(how, case.name, register(volume, load_reference()))


def _show_readings(masks: dict[str, np.ndarray], ct, frame) -> None:
    """Show what all readers marked, and what each marked beyond that, in outlines that nothing changes."""
    from icac.worklist.adjudication import shared

    everywhere, only = shared(masks)
    node = add_hidden(slicer.vtkMRMLSegmentationNode(), "readings")
    refer_to(node, ct)
    colors = {"": ALL_COLOR, **dict(zip(only, READER_COLORS * len(only), strict=False))}
    for name, mask in {"": everywhere, **only}.items():
        segment = node.GetSegmentation().AddEmptySegment(name or "all", name or _("all readers"), colors[name])
        set_segment_mask(node, segment, mask, frame)
    show_outlines(node)
    node.GetDisplayNode().SetVisibility3D(False)
    node.GetDisplayNode().SaveWithSceneOff()


def take_reading(session, key: int, mask: np.ndarray):
    """Return the patch that gives a lesion the outline that a reader drew there; None where the two are the same.

    Parameters
    ----------
    session : icac.review.ReviewSession
    key : int
        The lesion; the readings are taken where it was as the third reading began.
    mask : numpy.ndarray of bool
        Of the reader, (z, y, x).

    """
    from icac.review.masks import patch_between

    lesion = session.predicted.get(key) or session.lesion(key)
    box, inside = lesion.part
    before = session.mask_in(box)
    patch = patch_between(before, np.where(inside, mask[box], before), box)
    return None if patch.is_empty else patch
