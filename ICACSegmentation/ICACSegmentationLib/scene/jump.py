"""Going to a lesion in every slice view, and close enough to see it."""

from __future__ import annotations

import numpy as np
import slicer


def point_of(part, frame) -> np.ndarray:
    """Return a point within a part of the CT, RAS mm: the voxel centre that is nearest to its middle.

    The middle itself may lie outside, as in a crescent along the wall of the artery.
    """
    from icac.geometry import lps_to_ras

    index = np.argwhere(part.mask)[:, ::-1] + [s.start for s in reversed(part.box)]
    points = frame.to_lps(index)
    return lps_to_ras(points[np.linalg.norm(points - points.mean(axis=0), axis=1).argmin()])


def jump_to(ras) -> None:
    """Centre every slice view on a point, RAS mm."""
    mode = slicer.vtkMRMLSliceNode.CenteredJumpSlice
    slicer.vtkMRMLSliceNode.JumpAllSlices(slicer.mrmlScene, *(float(v) for v in ras), mode)


#: Width of a view in which a lesion is well seen, mm: both carotids and the bone around them.
FIELD_MM = 90.0

#: A view that shows more than this has not been zoomed by the reader yet, mm.
FAR_MM = 1.3 * FIELD_MM


def set_field(node, width_mm: float) -> None:
    """Let a slice view show a part of its plane that is ``width_mm`` wide."""
    width, height, depth = node.GetFieldOfView()
    node.SetFieldOfView(width_mm, width_mm * height / width, depth)


def shown_slice_views() -> list:
    """Return the nodes of the slice views on screen."""
    return [node for node in slicer.util.getNodesByClass("vtkMRMLSliceNode") if node.IsMappedInLayout()]


class CloseUp:
    """Comes close once in each view; from then on the zoom is the reader's."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def forget(self) -> None:
        """Come close again, as there is something else to look at."""
        self._known.clear()

    def jump_to(self, ras) -> None:
        """Centre every slice view on a point, RAS mm; those that still show the whole head come close."""
        for node in shown_slice_views():
            if node.GetID() not in self._known and node.GetFieldOfView()[0] > FAR_MM:
                set_field(node, FIELD_MM)
            self._known.add(node.GetID())
        jump_to(ras)

    def show_siphons(self, courses, ras=None) -> None:
        """Centre the views on the carotid siphons, in the slices of a point; views from the side on the siphon there.

        Parameters
        ----------
        courses : mapping of icac.anatomy.Side to Course
            LPS mm, in the world; where there are none, the views stay as they are.
        ras : sequence of float, optional
            What to see, RAS mm; the siphons themselves by default.

        """
        if not courses:
            return
        points = np.array([_siphon(course) for course in courses.values()])
        middle = points.mean(axis=0)
        seen = points[0] if ras is None else np.asarray(ras)
        beside = points[np.abs(points[:, 0] - seen[0]).argmin()]
        self.forget()
        self.jump_to(middle)
        for node in shown_slice_views():
            node.JumpSliceByCentering(*(beside if node.GetOrientation() == "Sagittal" else middle))
            node.JumpSliceByOffsetting(*(float(v) for v in seen))


def _siphon(course) -> np.ndarray:
    """Return the middle of the carotid siphon, RAS mm: of the cavernous segment."""
    from icac.anatomy import Segment
    from icac.geometry import lps_to_ras

    cavernous = course.points[course.segment == int(Segment.C4)]
    return lps_to_ras((cavernous if len(cavernous) else course.points).mean(axis=0))
