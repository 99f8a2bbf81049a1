"""The sections Worklist, Review and Correct of the panel: their widgets, and what connects them."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import slicer

from ICACSegmentationLib.correct_panel import CorrectPanel
from ICACSegmentationLib.review_model import ReviewModel
from ICACSegmentationLib.review_panel import ReviewPanel
from ICACSegmentationLib.reviewer import Reviewer
from ICACSegmentationLib.shortcuts import Shortcuts
from ICACSegmentationLib.told import errors_told


class ReviewSections:
    """Fills the sections of the panel and passes its life cycle on.

    Parameters
    ----------
    ui
        The widgets of the panel's own .ui file, with the empty sections.
    resource_path : callable
        Returns the path of a resource of the module.

    Attributes
    ----------
    ui
        The widgets of all three .ui files by name.
    model : ReviewModel

    """

    def __init__(self, ui, resource_path: Callable[[str], str]) -> None:
        self.model, reviewer = ReviewModel(), Reviewer()
        self._shortcuts = Shortcuts(ui.reviewSection)
        loaded = {name: slicer.util.loadUI(resource_path(f"UI/{name}.ui")) for name in ("Review", "Correct")}
        for name, widget in loaded.items():
            getattr(ui, f"{name.lower()}Section").layout().addWidget(widget)
        parts = [slicer.util.childWidgetVariables(widget) for widget in loaded.values()]
        self.ui = SimpleNamespace(**{name: child for part in parts for name, child in vars(part).items()})
        ReviewPanel(self.ui, self.model, reviewer, self._shortcuts)
        self._correct = CorrectPanel(self.ui, self.model)

    def show(self, segmentation) -> None:
        """Review a segmentation if it is a result, else none."""
        with errors_told(self.ui.reviewMessage):
            self.model.show(segmentation)

    def enter(self) -> None:
        """Let the keys work."""
        self._shortcuts.enable(True)

    def exit(self) -> None:
        """Leave the keys and the mouse to other modules."""
        self._shortcuts.enable(False)
        self._correct.stop()

    def close(self) -> None:
        """End the review: the scene closes, or the panel goes."""
        self._correct.stop()
        self.model.close()
