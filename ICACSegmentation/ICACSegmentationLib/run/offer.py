"""A CT that is loaded while another one is chosen: one sentence offers it, and nothing changes unasked."""

from __future__ import annotations

from html import escape

import slicer
from slicer.i18n import tr as _

from ICACSegmentationLib.common.message import tell
from ICACSegmentationLib.common.signals import Signal
from ICACSegmentationLib.scene.nodes import is_image


class Offer:
    """Offers a volume in a label until it is taken, chosen elsewhere, or gone.

    Parameters
    ----------
    label
        A ``QLabel``.

    Attributes
    ----------
    taken : Signal
        The volume node that the user wants.

    """

    def __init__(self, label) -> None:
        self.taken = Signal()
        self._label, self._id = label, ""
        label.connect("linkActivated(QString)", self._on_link)
        tell(label)

    def make(self, volume, chosen) -> None:
        """Offer a volume instead of the chosen one, if it is another one with voxels."""
        if is_image(volume) and volume is not chosen:
            self._id = volume.GetID()
            tell(self._label, _('{name} was loaded. <a href="use">Use it</a>').format(name=escape(volume.GetName())))

    def update(self, chosen) -> None:
        """Take the offer back if it means nothing any more; ``chosen`` is the volume in use, or None."""
        if chosen is None or chosen.GetID() == self._id:
            self._clear()

    def withdraw(self, node) -> None:
        """Take the offer back if a node that is about to go is what it offers."""
        if self._id and node.GetID() == self._id:
            self._clear()

    def _clear(self) -> None:
        self._id = ""
        tell(self._label)

    def _on_link(self, *_event) -> None:
        volume = slicer.mrmlScene.GetNodeByID(self._id) if self._id else None
        if volume is not None:
            self.taken.emit(volume)
