"""Arrangements of views that the panel brings along, and the way back to the user's own."""

from __future__ import annotations

import qt
import slicer

from ICACSegmentationLib.common.signals import Signal
from ICACSegmentationLib.scene.jump import FIELD_MM, set_field

#: Layout names of the views that only our layouts use.
PREDICTED_VIEW, MANUAL_VIEW, THREED_VIEW = "ICACPredicted", "ICACManual", "ICAC3D"

#: Layout names of the views of blinded comparisons, which nothing tells apart but their place.
LEFT_VIEW, RIGHT_VIEW = "ICACLeft", "ICACRight"

#: Layout names of the views of two scans of one person.
FIRST_VIEW, SECOND_VIEW = "ICACFirst", "ICACSecond"

#: Views of this group scroll and zoom together and leave the user's own views alone.
VIEW_GROUP = 71

#: Numbers of the layouts; those of Slicer are below 100.
COMPARE_LAYOUT, OVERVIEW_LAYOUT, BLINDED_LAYOUT, CHANGE_LAYOUT = 7101, 7102, 7103, 7104

_SLICE = """<view class="vtkMRMLSliceNode" singletontag="{tag}">
 <property name="orientation" action="default">{orientation}</property>
 <property name="viewlabel" action="default">{label}</property>
 <property name="viewcolor" action="default">{color}</property>
</view>"""

_THREED = f"""<view class="vtkMRMLViewNode" singletontag="{THREED_VIEW}">
 <property name="viewlabel" action="default">3D</property>
</view>"""


def _slice(tag: str, orientation: str, label: str, color: str) -> str:
    return _SLICE.format(tag=tag, orientation=orientation, label=label, color=color)


_LAYOUTS = {
    COMPARE_LAYOUT: f"""<layout type="vertical" split="true">
<item splitSize="600"><layout type="horizontal" split="true">
 <item>{_slice(PREDICTED_VIEW, "Axial", "Predicted", "#40D050")}</item>
 <item>{_slice(MANUAL_VIEW, "Axial", "Manual", "#F05050")}</item>
</layout></item>
<item splitSize="400">{_THREED}</item></layout>""",
    OVERVIEW_LAYOUT: f"""<layout type="horizontal" split="true">
<item splitSize="550">{_slice("Red", "Axial", "R", "#F34A33")}</item>
<item splitSize="450"><layout type="vertical" split="true">
 <item>{_THREED}</item>
 <item>{_slice("Green", "Coronal", "G", "#6EB04B")}</item>
</layout></item></layout>""",
    BLINDED_LAYOUT: f"""<layout type="horizontal" split="true">
<item>{_slice(LEFT_VIEW, "Axial", "Left", "#B0B0B0")}</item>
<item>{_slice(RIGHT_VIEW, "Axial", "Right", "#B0B0B0")}</item></layout>""",
    CHANGE_LAYOUT: f"""<layout type="horizontal" split="true">
<item>{_slice(FIRST_VIEW, "Axial", "First", "#B0B0B0")}</item>
<item>{_slice(SECOND_VIEW, "Axial", "Second", "#B0B0B0")}</item></layout>""",
}


class Layouts:
    """Switches to our layouts and back.

    Attributes
    ----------
    switched : Signal
        Number of our layout that is on screen now.

    """

    def __init__(self) -> None:
        self.switched = Signal()
        self._users: int | None = None

    def show(self, number: int) -> bool:
        """Show one of our layouts with its views ready for use; remember the user's layout if it is on screen.

        Returns
        -------
        bool
            Whether it is still on screen, once its views are ready.

        """
        node = self._node()
        if not node.IsLayoutDescription(number):
            for own, description in _LAYOUTS.items():
                node.AddLayoutDescription(own, description)
        if node.GetViewArrangement() not in _LAYOUTS:
            self._users = node.GetViewArrangement()
        slicer.app.layoutManager().setLayout(number)
        self.switched.emit(number)
        _let_views_settle()
        return node.GetViewArrangement() == number

    def leave(self, number: int) -> None:
        """Bring the user's layout back from one of ours; nothing happens if another one is on screen."""
        if self._users is not None and self._node().GetViewArrangement() == number:
            slicer.app.layoutManager().setLayout(self._users)
            self._users = None

    def dismiss_saved(self) -> None:
        """Show the usual layout if a scene was opened that was saved with one of ours on screen.

        What filled its views is not on screen, and in a new session there are not even views.
        """
        if self._users is None and self._node().GetViewArrangement() in _LAYOUTS:
            slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)

    def _node(self):
        return slicer.app.layoutManager().layoutLogic().GetLayoutNode()


def _let_views_settle() -> None:
    """Let new views get their size, and let their sliders set the offset they begin with; that waits in the queue.

    What is set in a view before is lost.
    """
    slicer.app.processEvents(qt.QEventLoop.ExcludeUserInputEvents)


def slice_logic(name: str):
    """Return the logic of the slice view of this layout name; its layout has been shown before."""
    return slicer.app.applicationLogic().GetSliceLogicByLayoutName(name)


def view_node(name: str, kind: str = "vtkMRMLSliceNode"):
    """Return the node of a view by its layout name, or None."""
    return slicer.mrmlScene.GetSingletonNode(name, kind)


def show_volume(name: str, volume: slicer.vtkMRMLScalarVolumeNode, center_ras) -> None:
    """Show a volume in one of our slice views, in the plane of its slices, close around a point."""
    logic = slice_logic(name)
    logic.GetSliceCompositeNode().SetBackgroundVolumeID(volume.GetID())
    node = logic.GetSliceNode()
    node.SetViewGroup(VIEW_GROUP)
    node.SetOrientation("Axial")
    node.RotateToVolumePlane(volume)
    set_field(node, FIELD_MM)
    node.JumpSliceByCentering(*(float(v) for v in center_ras))


def link(*names: str) -> None:
    """Let slice views scroll, pan and zoom together, also while the mouse moves."""
    for name in names:
        composite = slice_logic(name).GetSliceCompositeNode()
        composite.SetLinkedControl(True)
        composite.SetHotLinkedControl(True)
