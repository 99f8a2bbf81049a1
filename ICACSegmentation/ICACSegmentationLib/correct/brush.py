"""Brush and eraser: Slicer's Segment Editor within the panel, on the segment under review."""

from __future__ import annotations

import qt
import slicer
import vtk
from slicer.util import VTKObservationMixin

from ICACSegmentationLib.common.signals import Signal
from ICACSegmentationLib.review.scene_review import SEGMENT_ID
from ICACSegmentationLib.scene.nodes import ct_of

#: Singleton tag of the editor node, so that the Segment Editor module keeps its own settings.
EDITOR_TAG = "ICACSegmentation"

#: Effects that are offered. Islands is not: by default it deletes what is smaller than 1000 voxels.
EFFECTS = ("Paint", "Erase", "Draw", "Scissors")


class Brush(VTKObservationMixin):
    """Shows and hides the editor.

    Undo is that of the review, which takes note of every stroke; so the editor's own is off.

    Parameters
    ----------
    frame
        Empty widget with a layout for the editor, which is made when it is first needed.

    Attributes
    ----------
    dense_only_changed : Signal
        Whether only voxels of 130 HU and more can be changed.
    editor
        The ``qMRMLSegmentEditorWidget``, or None as long as it was not needed.

    """

    def __init__(self, frame) -> None:
        VTKObservationMixin.__init__(self)
        self.dense_only_changed = Signal()
        self.editor = None
        self._frame, self._scroll, self._is_on = frame, None, False

    @property
    def is_on(self) -> bool:
        """Tell whether the editor is on screen."""
        return self._is_on

    def start(self, segmentation: slicer.vtkMRMLSegmentationNode, dense_only: bool) -> None:
        """Edit the segment of a segmentation."""
        if self.editor is None:
            self.editor = _make_editor(_editor_node())
            self._scroll = _scrolled(self.editor)
            self._frame.layout().addWidget(self._scroll)
        editor, node, ct = self.editor, _editor_node(), ct_of(segmentation)
        editor.setMRMLScene(slicer.mrmlScene)
        editor.setMRMLSegmentEditorNode(node)
        editor.setSegmentationNode(segmentation)
        editor.setSourceVolumeNode(ct)
        editor.setCurrentSegmentID(SEGMENT_ID)
        _limit_to_calcium(node, ct)
        node.SetSourceVolumeIntensityMask(dense_only)
        self.addObserver(node, vtk.vtkCommand.ModifiedEvent, self._on_node)
        editor.setupViewObservations()
        editor.installKeyboardShortcuts()
        self._scroll.setVisible(True)
        self._is_on = True
        self._fit()

    def stop(self) -> None:
        """Put the editor away."""
        if not self._is_on:
            return
        self._is_on = False
        self.removeObservers()
        self.editor.setActiveEffect(None)
        self.editor.uninstallKeyboardShortcuts()
        self.editor.removeViewObservations()
        self.editor.setSegmentationNode(None)
        self.editor.setSourceVolumeNode(None)
        self._scroll.setVisible(False)

    def set_dense_only(self, on: bool) -> None:
        """Let brush and eraser change only voxels of 130 HU and more, or all."""
        if self._is_on:
            _editor_node().SetSourceVolumeIntensityMask(on)

    def _on_node(self, node, event) -> None:
        """Follow the editor's own key for the intensity mask."""
        self.dense_only_changed.emit(bool(node.GetSourceVolumeIntensityMask()))
        qt.QTimer.singleShot(0, self._fit)      # once the options of another effect are there

    def _fit(self) -> None:
        """Make room for all of the editor; where it is wider than the panel, it can be scrolled sideways."""
        if self._is_on:
            bar = slicer.app.style().pixelMetric(qt.QStyle.PM_ScrollBarExtent)
            self._scroll.setFixedHeight(self.editor.layout().minimumSize().height() + bar)


def _scrolled(editor):
    """Return a widget around the editor that is as narrow as the panel: options of effects may need much more."""
    scroll = qt.QScrollArea()
    scroll.setFrameShape(qt.QFrame.NoFrame)
    scroll.setWidgetResizable(True)
    scroll.setWidget(editor)
    return scroll


def _make_editor(node):
    editor = slicer.qMRMLSegmentEditorWidget()
    # First the node: the effects keep their settings in it.
    editor.setMRMLScene(slicer.mrmlScene)
    editor.setMRMLSegmentEditorNode(node)
    editor.setSegmentationNodeSelectorVisible(False)
    editor.setSourceVolumeNodeSelectorVisible(False)
    editor.setAddRemoveSegmentButtonsVisible(False)
    editor.setSwitchToSegmentationsButtonVisible(False)
    editor.setSpecifyGeometryButtonVisible(False)
    editor.setMaskingSectionVisible(False)
    editor.setUndoEnabled(False)
    editor.setEffectNameOrder(EFFECTS)
    editor.unorderedEffectsVisible = False
    editor.effectColumnCount = 1                # beside their options there is no room for two, nor for their names
    editor.effectButtonStyle = qt.Qt.ToolButtonIconOnly
    return editor


def _editor_node():
    node = slicer.mrmlScene.GetSingletonNode(EDITOR_TAG, "vtkMRMLSegmentEditorNode")
    if node is None:
        node = slicer.vtkMRMLSegmentEditorNode()
        node.SetSingletonTag(EDITOR_TAG)
        node.SaveWithSceneOff()
        node = slicer.mrmlScene.AddNode(node)
    return node


def _limit_to_calcium(node, ct: slicer.vtkMRMLScalarVolumeNode) -> None:
    """Set the range before the mask is switched on: of equal bounds the editor would make a range of its own."""
    from icac.calcium import CALCIUM_HU

    highest = ct.GetImageData().GetScalarRange()[1]
    node.SetSourceVolumeIntensityMaskRange(CALCIUM_HU, max(highest, CALCIUM_HU + 1))
    node.SetOverwriteMode(node.OverwriteNone)
    node.SetMaskMode(slicer.vtkMRMLSegmentationNode.EditAllowedEverywhere)
