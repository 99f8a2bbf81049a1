"""The part of the panel that shows a result in 3D, shows the carotid course, and hides the overlay."""

from __future__ import annotations

import slicer

from ICACSegmentationLib.result.data import courses_of, report_of
from ICACSegmentationLib.scene.layouts import OVERVIEW_LAYOUT, THREED_VIEW, Layouts, view_node
from ICACSegmentationLib.scene.nodes import ct_of
from ICACSegmentationLib.show.bone_model import bone_model
from ICACSegmentationLib.show.camera import look_at_carotids
from ICACSegmentationLib.show.course_model import course_model, legend_html
from ICACSegmentationLib.show.overlay_switch import OverlaySwitch


class ShowPanel:
    """Connects the buttons below the figures of a result.

    Parameters
    ----------
    ui
        The widgets ``show3DButton``, ``showCourseButton``, ``hideButton``, ``courseLegend``.
    layouts : Layouts

    """

    def __init__(self, ui, layouts: Layouts) -> None:
        self._ui, self._layouts, self._overlay = ui, layouts, OverlaySwitch()
        self._segmentation = None
        self._enable()
        ui.show3DButton.connect("toggled(bool)", self._on_3d)
        ui.showCourseButton.connect("toggled(bool)", self._on_course)
        ui.hideButton.connect("toggled(bool)", self._on_hide)
        ui.courseLegend.setText(legend_html())
        ui.courseLegend.setVisible(False)
        layouts.switched.connect(lambda number: number == OVERVIEW_LAYOUT or ui.show3DButton.setChecked(False))

    def set_segmentation(self, segmentation: slicer.vtkMRMLSegmentationNode | None) -> None:
        """Show another result from now on; buttons need one of ours."""
        if segmentation is self._segmentation:
            return
        self.leave()
        self._segmentation = segmentation if report_of(segmentation) else None
        self._enable()

    def _enable(self) -> None:
        for button in (self._ui.show3DButton, self._ui.showCourseButton):
            button.setEnabled(self._segmentation is not None)

    def leave(self) -> None:
        """Take back what was changed in the views: the user goes elsewhere, or another result comes."""
        for button in (self._ui.show3DButton, self._ui.showCourseButton, self._ui.hideButton):
            button.setChecked(False)

    def _on_3d(self, on: bool) -> None:
        if on:
            self._open_3d()
        else:
            self._layouts.leave(OVERVIEW_LAYOUT)
        self._update_course()

    def _open_3d(self) -> None:
        show_in_3d(self._segmentation)
        if self._layouts.show(OVERVIEW_LAYOUT):
            slicer.util.setSliceViewerLayers(background=ct_of(self._segmentation))
            prepare_3d_view(courses_of(self._segmentation))

    def _on_course(self, on: bool) -> None:
        self._update_course()

    def _update_course(self) -> None:
        """Draw the course in the slices if asked for, and explain its colours wherever it is seen."""
        in_slices = self._ui.showCourseButton.checked and not self._ui.hideButton.checked
        if self._segmentation and self._segmentation.GetScene():
            course_model(self._segmentation).GetDisplayNode().SetVisibility2D(in_slices)
        self._ui.courseLegend.setVisible(in_slices or self._ui.show3DButton.checked)

    def _on_hide(self, on: bool) -> None:
        if on:
            self._overlay.hide()
        else:
            self._overlay.show()
        self._update_course()


def show_in_3d(segmentation: slicer.vtkMRMLSegmentationNode) -> None:
    """Make the surfaces of lesions, carotid course and bone."""
    # The usual smoothing would make the smallest lesions vanish.
    segmentation.GetSegmentation().SetConversionParameter("Smoothing factor", "0.0")
    segmentation.CreateClosedSurfaceRepresentation()
    segmentation.GetDisplayNode().SetVisibility3D(True)
    course_model(segmentation)
    bone_model(segmentation)


def prepare_3d_view(courses) -> None:
    """Point our 3D view at the carotids, on a dark background without box."""
    node = view_node(THREED_VIEW, "vtkMRMLViewNode")
    node.SetBoxVisible(False)
    node.SetAxisLabelsVisible(False)
    node.SetBackgroundColor(0.08, 0.08, 0.1)
    node.SetBackgroundColor2(0.2, 0.2, 0.24)
    node.SetOrientationMarkerType(node.OrientationMarkerTypeAxes)
    node.SetUseDepthPeeling(True)
    look_at_carotids(node, courses)
