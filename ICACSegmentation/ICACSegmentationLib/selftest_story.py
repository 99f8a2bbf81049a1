"""What a user does in the application from the first scan to the saved scene, step by step, with checks.

The steps use the panel as a user does, by its buttons, lists and keys, and what Slicer offers to scripts. Each goes on
from the one before.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import slicer

from ICACSegmentationLib.common.colors import MANUAL
from ICACSegmentationLib.run.install import SlicerPackages
from ICACSegmentationLib.run.sample_scan import NODE_NAME, SampleScan
from ICACSegmentationLib.scene.grids import segment_mask, set_segment_mask, world_frame
from ICACSegmentationLib.scene.jump import FIELD_MM, shown_slice_views
from ICACSegmentationLib.scene.layouts import COMPARE_LAYOUT, MANUAL_VIEW, OVERVIEW_LAYOUT, PREDICTED_VIEW, view_node
from ICACSegmentationLib.scene.nodes import ct_of, refer_to, show_outlines
from ICACSegmentationLib.scene.window_level import BONE

#: Seconds after which a step gives up waiting: the sample is made in 20, the network takes a minute on two cores.
PATIENCE_S = 900

#: Modules to go to and come back from; the first that the application has.
OTHER_MODULES = ("Data", "Volumes", "Markups")


def expect(condition, sentence: str) -> None:
    """Fail with a sentence unless something is true."""
    if not condition:
        raise AssertionError(sentence)


def settle() -> None:
    """Let the application do what waits in its queue, such as new views getting their size."""
    for _ in range(10):
        slicer.app.processEvents()
        time.sleep(0.02)


def wait_until(condition, sentence: str) -> None:
    """Let the application run until something is true; fail with a sentence if that takes too long."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        expect(time.monotonic() < deadline, sentence)
        slicer.app.processEvents()
        time.sleep(0.02)
    settle()


class Story:
    """The steps, in :attr:`STEPS` with their titles, and what they share."""

    def __init__(self) -> None:
        self.panel = None
        self._layout = 0

    @property
    def ui(self):
        """Widgets of the panel's own .ui file."""
        return self.panel.ui

    @property
    def sections(self):
        """The sections Review, Correct and Worklist."""
        return self.panel.reviewSections

    @property
    def segmentation(self):
        """The result on screen."""
        return self.ui.resultSelector.currentNode()

    def mask(self) -> np.ndarray:
        """Return the voxels of the result, bool (z, y, x) on the CT."""
        return segment_mask(self.segmentation, "ICAC", world_frame(ct_of(self.segmentation)))

    def figures(self) -> list[str]:
        """Return what the table of figures says."""
        table = self.ui.resultTable
        return [table.item(row, column).text() for row in range(table.rowCount) for column in range(table.columnCount)]

    def open_module(self) -> None:
        """The module comes up, waiting for a CT."""
        slicer.mrmlScene.Clear(0)
        slicer.util.selectModule("ICACSegmentation")
        settle()
        self.panel = slicer.modules.icacsegmentation.widgetRepresentation().self()
        expect(self.panel.reviewSections is not None, "The panel was not built; the reason stands in it.")
        expect(not self.ui.segmentButton.enabled, "The button must wait for a CT.")
        expect(not self.ui.segmentSection.collapsed, "The section Segment must be open.")

    def load_sample(self) -> None:
        """A scan that is loaded while the panel is open is chosen and checked."""
        SampleScan().load()
        wait_until(lambda: self.ui.inputSelector.currentNode() is not None, "The sample scan was not chosen.")
        expect(self.ui.inputSelector.currentNode().GetName() == NODE_NAME, "Another volume was chosen.")
        wait_until(lambda: "suited" in self.ui.checkLabel.text, f"The CT was not accepted: {self.ui.checkLabel.text}")
        expect(self.ui.segmentButton.enabled, "The button must be ready.")

    def segment(self) -> None:
        """The button starts a run with progress, and the result opens the sections that a reader needs."""
        missing = SlicerPackages().missing()
        expect(not missing, f"Install first, by the button once or pip_install: {', '.join(missing)}.")
        self.ui.segmentButton.click()
        expect(self.panel.logic.job.is_running, "The run did not start.")
        wait_until(lambda: not self.panel.logic.job.is_running, "The run did not end.")
        expect(self.segmentation is not None, f"There is no result: {self.ui.statusLabel.text}")
        expect(self.mask().any(), "Nothing was found in the sample scan.")
        expect(self.ui.segmentSection.collapsed and not self.ui.resultSection.collapsed
               and not self.ui.reviewSection.collapsed, "Result and Review must be open, Segment closed.")

    def look(self) -> None:
        """The views show the siphons close up, with a window for bone."""
        fields = [node.GetFieldOfView()[0] for node in shown_slice_views()]
        expect(fields and all(abs(field - FIELD_MM) < 0.2 * FIELD_MM for field in fields),
               f"The views are {fields} mm wide.")
        display = ct_of(self.segmentation).GetDisplayNode()
        expect((display.GetWindow(), display.GetLevel()) == BONE, "The CT is not shown with the bone window.")
        expect(any(self._shows_lesion(node) for node in shown_slice_views()), "No view shows a lesion.")

    def review(self) -> None:
        """Keys decide, undo and redo, and the figures follow."""
        model, press = self.sections.model, self.sections.shortcuts.press
        before = self.mask()
        press("next")
        first = model.key
        expect(first is not None, "No lesion was selected.")
        press("reject")
        settle()
        expect(model.session.lesion(first).status.value == "rejected", "The lesion was not rejected.")
        expect(self.mask().sum() < before.sum(), "The segmentation still has the rejected lesion.")
        press("undo")
        expect(np.array_equal(self.mask(), before), "Undo did not bring the lesion back.")
        press("redo")
        press("undo")
        press("accept")
        expect(model.key != first or len(model.session.lesions) == 1, "The next lesion was not selected.")
        expect(" 1 of " in self.ui.reviewSection.text, f"The title says: {self.ui.reviewSection.text}")
        expect(self.figures()[-1] != "0.0 (0)", "The figures do not know the accepted lesion.")

    def trim(self) -> None:
        """Bone is trimmed from the lesion that touches most of it: shown first, then applied, then taken back."""
        ui, model = self.sections.ui, self.sections.model
        self.ui.correctSection.collapsed = False
        ui.trimSlider.setValue(ui.trimSlider.maximum)
        for lesion in sorted(model.session.lesions, key=lambda lesion: -lesion.measured.bone_contact):
            model.select(lesion.key)
            ui.trimButton.click()
            settle()
            if ui.applyTrimButton.enabled:  # what touches bone need not look like it
                break
        expect(ui.applyTrimButton.enabled, f"Nothing can be trimmed: {ui.trimLabel.text}")
        before = self.mask()
        ui.applyTrimButton.click()
        settle()
        expect(self.mask().sum() < before.sum(), "Nothing was trimmed.")
        self.sections.shortcuts.press("undo")
        expect(np.array_equal(self.mask(), before), "Undo did not bring the trimmed voxels back.")
        self.ui.correctSection.collapsed = True

    def show_3d(self) -> None:
        """The 3D layout comes and goes, and the reader's own is back."""
        manager = slicer.app.layoutManager()
        self._layout = manager.layout
        self.ui.show3DButton.click()
        settle()
        expect(manager.layout == OVERVIEW_LAYOUT, "The 3D layout is not shown.")
        self.ui.show3DButton.click()
        settle()
        expect(manager.layout == self._layout, "The reader's layout did not come back.")

    def compare(self) -> None:
        """The result is compared with manual regions, in two views at the same place, and the layout comes back."""
        self.ui.compareSection.collapsed = False
        self.ui.manualSelector.setCurrentNode(self._draw_manual())
        self.ui.compareButton.click()
        settle()
        agreement, manager = self.panel.viewSections.compare.agreement, slicer.app.layoutManager()
        expect(agreement is not None, f"There is no comparison: {self.ui.compareMessage.text}")
        expect(0 < agreement.dice < 1, f"Dice is {agreement.dice}, though one lesion was left out.")
        expect(manager.layout == COMPARE_LAYOUT, "The comparison is not on screen.")
        for name in (PREDICTED_VIEW, MANUAL_VIEW):
            node = view_node(name)
            expect(abs(node.GetFieldOfView()[0] - FIELD_MM) < 0.2 * FIELD_MM,
                   f"{name} is {node.GetFieldOfView()[0]} mm wide.")
            expect(self._shows_lesion(node), f"{name} shows no lesion: its slice lies at {node.GetSliceOffset()} mm.")
        self.ui.compareButton.click()
        settle()
        expect(manager.layout == self._layout, "The reader's layout did not come back.")

    def _draw_manual(self):
        """Draw all of the result but its largest lesion as manual regions."""
        ct, session = ct_of(self.segmentation), self.sections.model.session
        largest = max(session.lesions, key=lambda lesion: lesion.measured.volume_mm3).part
        mask = self.mask()
        mask[largest.box] &= ~largest.mask
        manual = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Manual regions")
        refer_to(manual, ct)
        manual.GetSegmentation().AddEmptySegment("manual", "manual", MANUAL)
        set_segment_mask(manual, "manual", mask, world_frame(ct))
        show_outlines(manual)
        return manual

    def _shows_lesion(self, node) -> bool:
        """Tell whether the plane of a slice view passes through a voxel of the result."""
        from icac.geometry import lps_to_ras

        frame = world_frame(ct_of(self.segmentation))
        points = lps_to_ras(frame.to_lps(np.argwhere(self.mask())[:, ::-1]))
        plane = slicer.util.arrayFromVTKMatrix(node.GetSliceToRAS())
        half_slice = max(np.linalg.norm(frame.affine[:3, :3], axis=0)) / 2
        return bool((np.abs((points - plane[:3, 3]) @ plane[:3, 2]) <= half_slice).any())

    def leave(self) -> None:
        """Another module finds the reader's window and no marks; coming back, the result is there."""
        display = ct_of(self.segmentation).GetDisplayNode()
        slicer.util.selectModule(next(name for name in OTHER_MODULES if hasattr(slicer.modules, name.lower())))
        settle()
        expect((display.GetWindow(), display.GetLevel()) != BONE, "The reader's window did not come back.")
        marks = [node for node in slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
                 if node.GetName().startswith("ICAC marks")]
        expect(not any(node.GetDisplayNode().GetVisibility() for node in marks), "Marks stayed in the views.")
        slicer.util.selectModule("ICACSegmentation")
        settle()
        expect(self.segmentation is not None and len(self.sections.model.session.lesions) > 0,
               "The result is not there any more.")

    def reopen(self) -> None:
        """A saved scene, opened while the module is on screen, shows the same figures and decisions."""
        before, title = self.figures(), self.ui.reviewSection.text
        with tempfile.TemporaryDirectory(dir=slicer.app.temporaryPath) as folder:
            path = str(Path(folder) / "story.mrb")
            expect(slicer.util.saveScene(path), "The scene could not be saved.")
            slicer.mrmlScene.Clear(0)
            settle()
            expect(self.segmentation is None, "The closed scene is still shown.")
            slicer.util.loadScene(path)
            settle()
        expect(self.segmentation is not None, "The panel does not show the opened scene.")
        expect(self.ui.manualSelector.currentNode() is not None, "The manual regions are not chosen any more.")
        expect(self.figures() == before, f"The figures were {before} and are {self.figures()}.")
        expect(self.ui.reviewSection.text == title, f"The review was '{title}'; is '{self.ui.reviewSection.text}'.")

    def close(self) -> None:
        """A closed scene leaves the panel as it was at first."""
        slicer.mrmlScene.Clear(0)
        settle()
        expect(self.ui.inputSelector.currentNode() is None, "A CT is still chosen.")
        expect(not self.ui.segmentButton.enabled, "The button must wait for a CT.")
        expect(not self.ui.segmentSection.collapsed and self.ui.reviewSection.collapsed, "Only Segment must be open.")

    STEPS = (("the module opens", open_module), ("a sample scan is loaded and chosen", load_sample),
             ("the CT is segmented", segment), ("the views show the siphons", look),
             ("lesions are reviewed by keys", review), ("bone is trimmed", trim), ("3D comes and goes", show_3d),
             ("the result is compared", compare), ("another module finds all as it was", leave),
             ("the scene is saved and opened again", reopen), ("the scene is closed", close))
