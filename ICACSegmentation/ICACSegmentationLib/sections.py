"""The sections of the panel that work on a result: their widgets, and what connects them."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import slicer

from ICACSegmentationLib.change.panel import ChangePanel
from ICACSegmentationLib.common.message import show_errors
from ICACSegmentationLib.common.parameters import ICACParameterNode
from ICACSegmentationLib.common.shortcuts import Shortcuts
from ICACSegmentationLib.compare.panel import ComparePanel
from ICACSegmentationLib.correct.click import Click
from ICACSegmentationLib.correct.panel import CorrectPanel
from ICACSegmentationLib.explain.panel import WhyPanel
from ICACSegmentationLib.export.panel import ExportPanel
from ICACSegmentationLib.result.figures import FiguresTable
from ICACSegmentationLib.review.model import ReviewModel
from ICACSegmentationLib.review.panel import ReviewPanel
from ICACSegmentationLib.review.reviewer import Reviewer
from ICACSegmentationLib.scene.layouts import Layouts
from ICACSegmentationLib.scene.nodes import ct_of
from ICACSegmentationLib.scores.panel import ScoresPanel
from ICACSegmentationLib.show.panel import ShowPanel
from ICACSegmentationLib.show.window_panel import WindowPanel
from ICACSegmentationLib.worklist.blinded_panel import BlindedPanel
from ICACSegmentationLib.worklist.blinded_view import BlindedView
from ICACSegmentationLib.worklist.case import CaseNodes
from ICACSegmentationLib.worklist.open_worklist import OpenWorklist
from ICACSegmentationLib.worklist.panel import WorklistPanel

#: Sections, each with a .ui file of its name.
SECTIONS = ("Worklist", "Review", "Correct", "Scores")


class ReviewSections:
    """The sections Worklist, Review, Correct and Visual scores, each with its own .ui file.

    Parameters
    ----------
    ui
        The widgets of the panel's own .ui file, with the empty sections.
    resource_path : callable
        Returns the path of a resource of the module.
    choose : callable
        Makes the panel show the nodes of a case of the worklist.
    figures : FiguresTable

    Attributes
    ----------
    ui
        The widgets of these .ui files by name.
    model : ReviewModel
    shortcuts : Shortcuts
    worklistPanel : WorklistPanel
    why : WhyPanel

    """

    def __init__(self, ui, resource_path: Callable[[str], str], choose: Callable[[CaseNodes], None],
                 figures: FiguresTable) -> None:
        self.ui = _fill(ui, resource_path)
        self.model, reviewer = ReviewModel(), Reviewer()
        self._opened = OpenWorklist(self.model, choose)
        self.shortcuts = Shortcuts(ui.reviewSection)
        ReviewPanel(self.ui, self.model, reviewer, self.shortcuts, figures)
        self.why = WhyPanel(self.ui, self.model)
        self._correct = CorrectPanel(self.ui, self.model, Click(ui.correctSection))
        scores = ScoresPanel(self.ui, self.model, reviewer, self._opened.case_folder)
        self._opened.changed.connect(scores.open)
        self.worklistPanel = WorklistPanel(self.ui, self._opened, reviewer, self.model)
        self._blinded = BlindedPanel(self.ui, self._opened, BlindedView(Layouts()), self.shortcuts)

    @property
    def is_blinded(self) -> bool:
        """Whether a blinded comparison has the views: results that come and go then are its own affair."""
        return self._blinded.is_on

    def show(self, segmentation) -> None:
        """Review a segmentation if it is a result, else none."""
        with show_errors(self.ui.reviewMessage):
            self.model.show(segmentation)

    def enter(self) -> None:
        """Let the keys work and show the marks in the views."""
        self.shortcuts.enable(True)
        self.model.show_marks(True)
        self.worklistPanel.update()

    def exit(self) -> None:
        """Leave the keys, the mouse and the views to other modules."""
        self.shortcuts.enable(False)
        self._correct.stop()
        self._blinded.stop()
        self.why.leave()
        self.worklistPanel.stop()
        self.model.show_marks(False)

    def leave_scene(self) -> None:
        """Save and end the review, as the scene closes. The worklist stays open."""
        self._correct.stop()
        self._blinded.leave_scene()
        with show_errors(self.ui.worklistMessage, clear=False):
            self._opened.leave_scene()
        self.model.close()

    def cleanup(self) -> None:
        """Save and close everything, as the panel goes."""
        self.exit()
        with show_errors(self.ui.worklistMessage, clear=False):
            self._opened.close()
        self.model.close()


class ViewSections:
    """What shows, compares and exports a result: the sections that share the views.

    Parameters
    ----------
    ui
        The widgets of the panel's own .ui file.
    model : ReviewModel
        The review on screen, which is exported.

    """

    def __init__(self, ui, model: ReviewModel) -> None:
        self.layouts = layouts = Layouts()
        self._shortcuts = Shortcuts(ui.resultSection)
        self._shortcuts.bind("overlay", ui.hideButton.toggle)
        self.showing = ShowPanel(ui, layouts)
        self.windows = WindowPanel(ui)
        self.compare = ComparePanel(ui, layouts)
        self.change = ChangePanel(ui, layouts)
        self.export = ExportPanel(ui, self.compare, model)

    def show(self, parameters: ICACParameterNode | None) -> None:
        """Show what the parameters say; None while the scene closes."""
        result = parameters.segmentation if parameters else None
        self.showing.set_segmentation(result)
        self.windows.set_volume(ct_of(result) or (parameters.inputVolume if parameters else None))
        self.compare.set_nodes(result, parameters.manual if parameters else None)
        self.export.show(result)

    def enter(self) -> None:
        """Let the key work."""
        self._shortcuts.enable(True)
        self.change.enter()

    def leave_scene(self) -> None:
        """Let go of what is about to go: the scene closes, or the panel goes."""
        self.change.close()
        self.leave()

    def leave(self) -> None:
        """Bring the user's views back: the user goes elsewhere, the scene closes, or the panel goes."""
        self._shortcuts.enable(False)
        self.compare.leave()
        self.change.leave()
        self.showing.leave()
        self.windows.leave()


def _fill(ui, resource_path: Callable[[str], str]):
    """Load the .ui files into their sections and return their widgets by name."""
    widgets = {}
    for name in SECTIONS:
        widget = slicer.util.loadUI(resource_path(f"UI/{name}.ui"))
        getattr(ui, f"{name.lower()}Section").layout().addWidget(widget)
        widgets |= vars(slicer.util.childWidgetVariables(widget)) | {name: widget}
    return SimpleNamespace(reviewSection=ui.reviewSection, scoresSection=ui.scoresSection, **widgets)
