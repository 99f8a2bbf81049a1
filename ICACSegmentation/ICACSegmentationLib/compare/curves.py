"""Closed curves drawn on slices of a CT, filled to voxels."""

from __future__ import annotations

import numpy as np
import slicer
from slicer.i18n import tr as _
from vtk.util.numpy_support import vtk_to_numpy

#: How far from the middle of a slice the points of a curve may lie, in slices.
OFF_SLICE = 0.5


def curves_beside(curve) -> list:
    """Return all closed curves in the folder of a curve, since a region is drawn slice by slice."""
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    folder = hierarchy.GetItemParent(hierarchy.GetItemByDataNode(curve))
    return [node for node in slicer.util.getNodesByClass("vtkMRMLMarkupsClosedCurveNode")
            if hierarchy.GetItemParent(hierarchy.GetItemByDataNode(node)) == folder]


def fill_curves(curves, frame) -> np.ndarray:
    """Return the voxels whose centres lie within any of the curves, bool (z, y, x) on a frame in the world.

    Raises
    ------
    icac.errors.InputError
        A curve has less than three points, or does not lie in a slice of the CT.

    """
    inside = np.zeros(frame.shape, dtype=bool)
    for curve in curves:
        index = frame.to_index(_points_lps(curve))
        k = _slice_of(index[:, 2], curve.GetName(), frame.size[2])
        low = np.maximum(np.floor(index[:, :2].min(axis=0)).astype(int), 0)
        high = np.minimum(np.ceil(index[:, :2].max(axis=0)).astype(int) + 1, frame.size[:2])
        if (low < high).all():
            x, y = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]))
            inside[k, low[1]:high[1], low[0]:high[0]] |= within_polygon(index[:, :2], x, y)
    return inside


def _points_lps(curve) -> np.ndarray:
    from icac.errors import InputError
    from icac.geometry import lps_to_ras

    points = curve.GetCurvePointsWorld()
    if curve.GetNumberOfControlPoints() < 3 or points is None:
        raise InputError(_("The closed curve {name} has less than three points; finish or remove it.").format(
            name=curve.GetName()))
    return lps_to_ras(vtk_to_numpy(points.GetData()))


def _slice_of(k: np.ndarray, name: str, slices: int) -> int:
    from icac.errors import InputError

    middle = round(float(k.mean()))
    if np.abs(k - middle).max() > OFF_SLICE + 1e-3 or not 0 <= middle < slices:
        raise InputError(_("The closed curve {name} does not lie in one slice of the CT; draw it in the plane of the "
                           "slices (in the slice view: Reformat to the volume plane).").format(name=name))
    return middle


def within_polygon(corners: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Tell which points (arrays of one shape) lie within a closed polygon (n, 2), by the even-odd rule."""
    inside = np.zeros(x.shape, dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y0 != y1:
            crossing = (y0 > y) != (y1 > y)
            inside ^= crossing & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return inside
