"""Whether results leave out names, which can be a patient's: a choice of the place of work, not of a scene."""

from __future__ import annotations

import qt
import slicer

#: Where the application keeps the choice.
SETTING = "ICACSegmentation/hideNames"


class NamesBox:
    """Ties a check box to the settings of the application.

    Parameters
    ----------
    box
        ``QCheckBox``.

    """

    def __init__(self, box) -> None:
        self._box = box
        box.checked = self.hidden
        box.connect("toggled(bool)", lambda on: qt.QSettings().setValue(SETTING, on))

    @property
    def hidden(self) -> bool:
        """Tell what was chosen last, on this computer."""
        return slicer.util.settingsValue(SETTING, False, converter=slicer.util.toBool)
