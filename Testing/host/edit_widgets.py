"""A stand-in for Slicer's Segment Editor widget: its effects are not here, the editing logic behind it is the real one.

What only the real application can prove: how the effects look and react to the mouse, the editor's own keys, its
masking section, and that none of its parts shows up which this module hides.
"""

from __future__ import annotations

import qt
import slicer
import slicer_host
from mrml_widgets import qMRMLWidget, stand_in


@stand_in(slicer)
class qMRMLSegmentEditorWidget(qMRMLWidget):  # noqa: N801
    """Buttons without function; ``logic`` is a real ``vtkSlicerSegmentEditorLogic``, with its masks."""

    SWITCHES = ("SegmentationNodeSelectorVisible", "SourceVolumeNodeSelectorVisible", "AddRemoveSegmentButtonsVisible",
                "SwitchToSegmentationsButtonVisible", "SpecifyGeometryButtonVisible", "MaskingSectionVisible",
                "UndoEnabled")

    def __init__(self, parent=None):
        super().__init__(parent)
        self.logic, self.switches = slicer.vtkSlicerSegmentEditorLogic(), {}
        self.hasViewObservations = self.hasShortcuts = False
        self.unorderedEffectsVisible = True
        qt.QHBoxLayout(self)
        options = qt.QLabel("(options of the effect)")
        options.setMinimumSize(430, 150)        # as those of Paint
        self.layout().addWidget(options)

    def __getattr__(self, name):
        """Return the setters of :attr:`SWITCHES`."""
        if name.removeprefix("set") in self.SWITCHES:
            return lambda on: self.switches.update({name.removeprefix("set"): on})
        raise AttributeError(name)

    def setEffectNameOrder(self, names):  # noqa: N802
        """Offer effects, which keep their settings in the node."""
        self._expect_node()
        for name in names:
            self.layout().addWidget(qt.QToolButton(self, text=f"({name})"))

    def _expect_node(self) -> None:
        if self.mrmlSegmentEditorNode() is None:
            slicer_host.critical_messages.append("Invalid segment editor parameter set node")

    def setMRMLScene(self, scene):  # noqa: N802
        """Use a scene."""
        self.logic.SetMRMLScene(scene)
        super().setMRMLScene(scene)

    def setMRMLSegmentEditorNode(self, node):  # noqa: N802
        """Use the settings of a node."""
        self.logic.SetSegmentEditorNode(node)

    def mrmlSegmentEditorNode(self):  # noqa: N802
        """Return the node with the settings."""
        return self.logic.GetSegmentEditorNode()

    def setSegmentationNode(self, node):  # noqa: N802
        """Edit a segmentation."""
        self.logic.SetSegmentationNode(node)

    def segmentationNode(self):  # noqa: N802
        """Return the segmentation that is edited."""
        return self.logic.GetSegmentationNode()

    def setSourceVolumeNode(self, node):  # noqa: N802
        """Use a volume for the intensity range."""
        self.logic.SetSourceVolumeNode(node)

    def setCurrentSegmentID(self, segment_id):  # noqa: N802
        """Edit a segment."""
        self.logic.GetSegmentEditorNode().SetSelectedSegmentID(segment_id)

    def setActiveEffect(self, effect):  # noqa: N802
        """Switch effects off; there are none to switch on."""
        assert effect is None

    def setupViewObservations(self):  # noqa: N802
        self.hasViewObservations = True

    def removeViewObservations(self):  # noqa: N802
        self.hasViewObservations = False

    def installKeyboardShortcuts(self):  # noqa: N802
        self.hasShortcuts = True

    def uninstallKeyboardShortcuts(self):  # noqa: N802
        self.hasShortcuts = False
