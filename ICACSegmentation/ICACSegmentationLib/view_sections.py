"""What shows, compares and exports a result: the parts of the panel that share the views."""

from __future__ import annotations

from ICACSegmentationLib.common.parameters import ICACParameterNode
from ICACSegmentationLib.common.shortcuts import Shortcuts
from ICACSegmentationLib.compare.panel import ComparePanel
from ICACSegmentationLib.export.panel import ExportPanel
from ICACSegmentationLib.scene.layouts import Layouts
from ICACSegmentationLib.scene.nodes import ct_of
from ICACSegmentationLib.show.panel import ShowPanel
from ICACSegmentationLib.show.window_panel import WindowPanel


class ViewSections:
    """Fills the sections and passes the life cycle of the panel on.

    Parameters
    ----------
    ui
        The widgets of the .ui file.

    """

    def __init__(self, ui) -> None:
        self.layouts = layouts = Layouts()
        self._shortcuts = Shortcuts(ui.resultSection)
        self._shortcuts.bind("overlay", ui.hideButton.toggle)
        self.showing = ShowPanel(ui, layouts)
        self.windows = WindowPanel(ui)
        self.compare = ComparePanel(ui, layouts)
        self.export = ExportPanel(ui, self.compare)

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

    def leave(self) -> None:
        """Bring the user's views back: the user goes elsewhere, the scene closes, or the panel goes."""
        self._shortcuts.enable(False)
        self.compare.leave()
        self.showing.leave()
        self.windows.leave()
