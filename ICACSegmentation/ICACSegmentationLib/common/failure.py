"""What the panel says when it cannot do its work at all, where otherwise only the log would tell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import qt
import slicer
from slicer.i18n import tr as _

from ICACSegmentationLib.common.message import tell

#: Where to report it.
ADDRESS = "https://github.com/ICACSegmentation/SlicerICACSegmentation/issues"


class FailureNote:
    """A sentence on top of the panel, which takes no room as long as all is well.

    Parameters
    ----------
    layout
        Layout of the panel.

    """

    def __init__(self, layout) -> None:
        self._label = qt.QLabel()
        self._label.setWordWrap(True)
        self._label.setTextInteractionFlags(qt.Qt.TextSelectableByMouse)
        layout.insertWidget(0, self._label)
        tell(self._label)

    @contextmanager
    def show_errors(self) -> Iterator[None]:
        """Show any error of the block in the panel; it goes on to the log of the application."""
        tell(self._label)
        try:
            yield
        except Exception as error:
            tell(self._label, _sentence(error), error=True)
            raise


def _sentence(error: Exception) -> str:
    text = _("ICAC Segmentation does not work here; please report this sentence and what you did at {address}: "
             "Slicer {version}, {kind}: {error}")
    return text.format(address=ADDRESS, version=slicer.app.applicationVersion, kind=type(error).__name__, error=error)
