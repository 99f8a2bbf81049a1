"""The first look at the carotids in 3D."""

from __future__ import annotations

import numpy as np
import slicer

#: From where: in front of the patient, a little from the right and from above (RAS); and how far, mm.
DIRECTION, DISTANCE_MM = np.array([0.35, 0.85, 0.42]), 155.0


def look_at_carotids(view_node: slicer.vtkMRMLViewNode, courses) -> None:
    """Point the camera of a 3D view at both carotid courses (LPS mm, in the world)."""
    from icac.geometry import lps_to_ras

    points = lps_to_ras(np.concatenate([course.points for course in courses.values()]))
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    camera = slicer.modules.cameras.logic().GetViewActiveCameraNode(view_node)
    camera.SetFocalPoint(*middle)
    camera.SetPosition(*(middle + DISTANCE_MM * DIRECTION / np.linalg.norm(DIRECTION)))
    camera.SetViewUp(0, 0, 1)
    camera.GetCamera().SetViewAngle(30)
    camera.ResetClippingRange()
