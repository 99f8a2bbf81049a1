"""A CT that is loaded while another one is chosen: one sentence offers it, and nothing changes unasked."""

from __future__ import annotations

from html import escape

import slicer
from slicer.i18n import tr as _

from ICACSegmentationLib.common.message import tell
from ICACSegmentationLib.common.signals import Signal
from ICACSegmentationLib.run.best_volume import choice_among, volumes_of_examination
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
        self._label = label
        self._id = self._about = ""     # the volume that is offered; the chosen one that a suggestion is about
        label.connect("linkActivated(QString)", self._on_link)
        tell(label)

    def make(self, volume, chosen) -> None:
        """Offer a volume that was loaded instead of the chosen one, or the best of its study where there are more."""
        if not is_image(volume) or volume is chosen:
            return
        if volume not in _study_of(chosen) or not self.suggest(chosen):
            self._about = ""
            self._offer(volume, _('{name} was loaded. <a href="use">Use it</a>'))

    def suggest(self, chosen) -> bool:
        """Offer the volume of the study of the chosen one that suits best, with the reason; tell whether there is one.

        Where the chosen one is the best of several, this is said, and nothing offered.
        """
        volumes = _study_of(chosen)
        choice = choice_among(volumes) if len(volumes) > 1 else None
        if choice is None or choice.chosen is None:
            return False
        self._about = chosen.GetID()
        best, why = slicer.mrmlScene.GetNodeByID(choice.chosen.uid), choice.ranked[0].why
        if best is chosen:
            self._id = ""
            tell(self._label, _("Of the {count} volumes of this study it suits best: {why}.").format(
                count=len(volumes), why=escape(why)))
        else:
            own = next(one.why for one in choice.ranked if one.series.uid == chosen.GetID())
            self._offer(best, _('{name} suits better, of the volumes of this study: {why} (the chosen one: {own}). '
                                '<a href="use">Use it</a>'), why, own)
        return True

    def _offer(self, volume, text: str, why: str = "", own: str = "") -> None:
        self._id = volume.GetID()
        tell(self._label, text.format(name=escape(volume.GetName()), why=escape(why), own=escape(own)))

    def update(self, chosen) -> None:
        """Take the offer back if it means nothing any more; ``chosen`` is the volume in use, or None."""
        if chosen is None or chosen.GetID() == self._id or self._about not in ("", chosen.GetID()):
            self._clear()

    def withdraw(self, node) -> None:
        """Take the offer back if a node that is about to go is what it offers."""
        if self._id and node.GetID() == self._id:
            self._clear()

    def _clear(self) -> None:
        self._id = self._about = ""
        tell(self._label)

    def _on_link(self, *_event) -> None:
        volume = slicer.mrmlScene.GetNodeByID(self._id) if self._id else None
        if volume is not None:
            self.taken.emit(volume)


def _study_of(volume) -> list:
    return volumes_of_examination(volume) if is_image(volume) else []
