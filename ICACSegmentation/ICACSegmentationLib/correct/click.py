"""One click into a view, by Slicer's own placing of points, which works in every view; Esc is the panel's own."""

from __future__ import annotations

from collections.abc import Callable

import qt
import slicer
from slicer.util import VTKObservationMixin

from ICACSegmentationLib.common.shortcuts import GIVE_UP, make_shortcut
from ICACSegmentationLib.common.signals import Signal
from ICACSegmentationLib.scene.nodes import add_hidden


class Click(VTKObservationMixin):
    """Waits for one point.

    Parameters
    ----------
    widget
        The panel; while it is on screen, Esc gives up.

    Attributes
    ----------
    ended : Signal
        No arguments; a point was placed, or the user gave up.

    """

    def __init__(self, widget) -> None:
        VTKObservationMixin.__init__(self)
        self.ended = Signal()
        self._give_up = make_shortcut(widget, GIVE_UP, self.stop)
        self._give_up.setEnabled(False)
        self._id, self._function = "", None

    @property
    def is_waiting(self) -> bool:
        """Tell whether a click is awaited."""
        return self._function is not None

    @property
    def node(self):
        """The hidden node that takes the point, or None."""
        return slicer.mrmlScene.GetNodeByID(self._id) if self._id else None

    def start(self, function: Callable[[tuple[float, float, float]], None]) -> None:
        """Call ``function`` with the RAS position of the next click, once."""
        self.stop()
        node = self._make_node()
        self._id, self._function = node.GetID(), function
        logic = slicer.app.applicationLogic()
        logic.GetSelectionNode().SetReferenceActivePlaceNodeClassName(node.GetClassName())
        logic.GetSelectionNode().SetActivePlaceNodeID(self._id)
        interaction = logic.GetInteractionNode()
        interaction.SwitchToSinglePlaceMode()
        self.addObserver(node, node.PointPositionDefinedEvent, self._on_point)
        self.addObserver(interaction, interaction.InteractionModeChangedEvent, self._on_mode)
        self._give_up.setEnabled(True)

    def _make_node(self):
        node = add_hidden(slicer.vtkMRMLMarkupsFiducialNode(), "ICAC click")
        node.CreateDefaultDisplayNodes()
        node.GetDisplayNode().SaveWithSceneOff()
        node.GetDisplayNode().SetPointLabelsVisibility(False)
        return node

    def stop(self) -> None:
        """Wait no longer."""
        if not self.is_waiting:
            return
        self._function = None
        self._give_up.setEnabled(False)
        self.removeObservers()
        slicer.app.applicationLogic().GetInteractionNode().SwitchToViewTransformMode()
        if self.node is not None:
            slicer.mrmlScene.RemoveNode(self.node)
        self._id = ""
        self.ended.emit()

    def _on_point(self, node, event) -> None:
        position = [0.0] * 3
        node.GetNthControlPointPositionWorld(node.GetNumberOfControlPoints() - 1, position)
        function = self._function
        # The view that reports the click still works with the node: remove it once that is done.
        qt.QTimer.singleShot(0, lambda: self._finish(function, tuple(position)))

    def _finish(self, function, position) -> None:
        if self._function is function:
            self.stop()
            function(position)

    def _on_mode(self, interaction, event) -> None:
        """Stop when the user gives up; after a click the mode changes too, but then there is a point."""
        node = self.node
        placing = interaction.GetCurrentInteractionMode() == interaction.Place
        if not placing and (node is None or node.GetNumberOfDefinedControlPoints() == 0):
            qt.QTimer.singleShot(0, self.stop)
