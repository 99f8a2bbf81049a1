"""One case of a worklist in the scene: its CT, and of its result, its regions and its readings what may be seen."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import numpy as np
import slicer
from slicer.i18n import tr as _

from ICACSegmentationLib.common.colors import MANUAL
from ICACSegmentationLib.result.load import load_result
from ICACSegmentationLib.review.scene_review import REVIEW_ATTRIBUTE
from ICACSegmentationLib.scene.grids import FLIP, set_segment_mask
from ICACSegmentationLib.scene.nodes import refer_to, show_outlines
from ICACSegmentationLib.worklist.reading import adjudicated_reading, blind_reading

#: Window and level of CTs in HU: wide, to tell calcium from bone, and the same for all cases.
WINDOW, LEVEL = 1100, 300


class CaseNodes(NamedTuple):
    """The nodes of a case; None for what it does not have."""

    ct: Any
    segmentation: Any
    manual: Any


def load_case(worklist) -> CaseNodes:
    """Load the open case of a worklist (``icac.worklist.Worklist``) into the scene, with its review if there is one.

    Of a case that is read blind, and of the readings of others, nothing is loaded that the reader must not see.

    Raises
    ------
    icac.errors.InputError
        A file cannot be read, or its voxels are not those of the CT.

    """
    case, saved = worklist.current, worklist.review()
    scan = _read(case.image)
    volume = scan.volume
    ct = show_ct(volume, case.name)
    review = saved.content if saved else None
    if worklist.is_adjudication:
        return CaseNodes(ct, adjudicated_reading(worklist, ct, volume, review), None)
    if worklist.is_blind():
        return CaseNodes(ct, blind_reading(worklist, ct, volume, review), None)
    segmentation = _load_result(case, ct, scan) if case.result else None
    if worklist.is_frozen():
        return CaseNodes(ct, segmentation, _load_own(worklist, ct, volume.frame))
    if segmentation is not None and review is not None:
        segmentation.SetAttribute(REVIEW_ATTRIBUTE, json.dumps(review))
    manual = _load_regions(_("{case} manual").format(case=case.name), case.roi, ct, volume.frame) if case.roi else None
    return CaseNodes(ct, segmentation, manual)


def _read(path):
    """Read a CT with the reader of icac, so that results lie on the same voxels."""
    from icac.ct import read_ct

    return read_ct(path)


def show_ct(volume, name: str):
    """Make a volume node of a CT (``icac.geometry.Volume``) and show it in all slice views."""
    ct = slicer.util.addVolumeFromArray(volume.array, ijkToRAS=FLIP @ volume.frame.affine, name=name)
    ct.CreateDefaultDisplayNodes()
    ct.GetDisplayNode().AutoWindowLevelOff()
    ct.GetDisplayNode().SetWindowLevel(WINDOW, LEVEL)
    slicer.util.setSliceViewerLayers(background=ct, fit=True, rotateToVolumePlane=True)
    slicer.app.applicationLogic().GetSelectionNode().SetActiveVolumeID(ct.GetID())
    return ct


def _load_result(case, ct, scan):
    from icac.errors import InputError

    try:
        return load_result(case.result, ct, scan=scan)
    except (OSError, RuntimeError, KeyError) as error:
        raise InputError(_("{folder} does not hold complete results ({reason}); segment the case again.").format(
            folder=case.result, reason=error)) from error


def _load_own(worklist, ct, frame):
    """Show what the reader made of a case beside what is revealed to him."""
    mask = worklist.mask_path()
    name = _("{case} read by {reader}").format(case=worklist.current.name, reader=worklist.annotator)
    return _load_regions(name, mask, ct, frame) if mask else None


def _load_regions(name: str, path, ct, frame):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    refer_to(node, ct)
    node.GetSegmentation().AddEmptySegment("manual", _("manual"), MANUAL)
    set_segment_mask(node, "manual", read_regions(path, frame), frame)
    show_outlines(node)
    return node


def read_regions(path, frame) -> np.ndarray:
    """Read manual regions onto the voxels of a CT, bool (z, y, x).

    Raises
    ------
    icac.errors.InputError
        They cannot be read, lie beside the CT, or mark most of it.

    """
    from icac.ct.masks import place_mask, read_mask, refuse_beside, refuse_inverted

    drawn = read_mask(path)
    placed = place_mask(drawn, frame)[0]
    refuse_beside(drawn, placed, path, _("the CT of this case"))
    refuse_inverted(placed, path)
    return placed
