"""Stand-ins for the ``ctk*`` and ``qMRML*`` widgets of the module's .ui file, on the real scene.

They have only properties, signals and slots that the real widgets have.
"""

from __future__ import annotations

import ctk
import qt
import slicer
import vtk
from PySide6.QtCore import Property, Signal


def stand_in(module):
    """Register a class as the widget of its name in ``module`` and in .ui files."""
    def register(cls):
        setattr(module, cls.__name__, cls)
        qt.QUiLoader.classes[cls.__name__] = cls
        return cls
    return register


@stand_in(ctk)
class ctkCollapsibleButton(qt.QWidget):  # noqa: N801
    """A section with a title that a click collapses; what it contains is cut off, not hidden."""

    HEADER = 26
    contentsCollapsed = Signal(bool)  # noqa: N815

    def __init__(self, parent=None):
        super().__init__(parent)
        self._text, self._is_collapsed = "", False
        self.setContentsMargins(0, self.HEADER, 0, 0)

    def _set_text(self, text):
        self._text = text
        self.update()

    def _set_collapsed(self, on):
        if on == self._is_collapsed:
            return
        self._is_collapsed = on
        self.setMaximumHeight(self.HEADER if on else 16777215)
        self.setMinimumSize(1 if on else 0, self.HEADER if on else 0)       # 0 leaves it to the contents
        self.contentsCollapsed.emit(on)

    text = Property(str, lambda self: self._text, _set_text)
    collapsed = Property(bool, lambda self: self._is_collapsed, _set_collapsed)

    def mousePressEvent(self, event):  # noqa: N802
        """Collapse or open on a click on the title."""
        if event.position().y() < self.HEADER:
            self.collapsed = not self.collapsed

    def paintEvent(self, event):  # noqa: N802
        """Draw the title."""
        painter = qt.QPainter(self)
        background = self.palette.color(qt.QPalette.ColorRole.Button).darker(108)
        painter.fillRect(0, 0, self.width, self.HEADER - 2, background)
        painter.drawText(8, 17, f"{'▸' if self._is_collapsed else '▾'}  {self._text}")
        painter.end()


@stand_in(ctk)
class ctkCollapsibleGroupBox(ctkCollapsibleButton):  # noqa: N801
    """A smaller section."""

    title = Property(str, lambda self: self.text, lambda self, text: setattr(self, "text", text))


@stand_in(slicer)
class qMRMLWidget(qt.QWidget):  # noqa: N801
    """A widget that knows the scene."""

    mrmlSceneChanged = Signal(object)  # noqa: N815
    SIGNALS = {"mrmlSceneChanged(vtkMRMLScene*)": "mrmlSceneChanged"}  # noqa: RUF012

    def setMRMLScene(self, scene):  # noqa: N802
        """Use a scene."""
        self.mrmlSceneChanged.emit(scene)


@stand_in(slicer)
class qMRMLNodeComboBox(qMRMLWidget):  # noqa: N801
    """Chooses a node of some classes of the scene."""

    currentNodeChanged = Signal(object)  # noqa: N815
    SIGNALS = {"currentNodeChanged(vtkMRMLNode*)": "currentNodeChanged"}  # noqa: RUF012

    def __init__(self, parent=None):
        super().__init__(parent)
        self._scene, self._types, self._nodes, self._current = None, [], [None], None
        observed = self._observed = []
        self.destroyed.connect(lambda: [sender.RemoveObserver(tag) for sender, tag in observed])
        self._flags = {"noneEnabled": False, "addEnabled": True, "removeEnabled": True, "showChildNodeTypes": True}
        self._box = qt.QComboBox()
        layout = qt.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._box)
        self._box.connect("activated(int)", lambda index: self.setCurrentNode(self._nodes[index]))

    def _flag(name):  # noqa: N805
        return Property(bool, lambda self: self._flags[name], lambda self, on: self._flags.update({name: on}))

    noneEnabled, addEnabled = _flag("noneEnabled"), _flag("addEnabled")  # noqa: N815
    removeEnabled, showChildNodeTypes = _flag("removeEnabled"), _flag("showChildNodeTypes")  # noqa: N815
    nodeTypes = Property("QStringList", lambda self: self._types, lambda self, types: self._set_types(types))  # noqa: N815

    def _set_types(self, types):
        self._types = list(types)
        if self._scene is not None:
            self._refresh()

    def setMRMLScene(self, scene):  # noqa: N802
        """Use a scene and follow its nodes."""
        super().setMRMLScene(scene)
        self._scene = scene
        self._observe(scene, scene.NodeAddedEvent, self._on_added)
        for event in (scene.NodeRemovedEvent, scene.EndCloseEvent, scene.EndImportEvent):
            self._observe(scene, event, self._refresh)
        self._refresh()

    def _observe(self, sender, event, function):
        self._observed.append((sender, sender.AddObserver(event, function)))

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _on_added(self, scene, event, node):
        # Names and visibility of nodes are followed.
        self._observe(node, vtk.vtkCommand.ModifiedEvent, self._on_modified)
        if not scene.IsImporting():         # references are not valid before the import is complete
            self._refresh()

    def _on_modified(self, node, event):
        listed = next((index for index, known in enumerate(self._nodes) if known is node), -1)
        is_choice = not self._scene.IsImporting() and self._is_choice(node)
        if is_choice is not (listed >= 0) or (is_choice and self._box.itemText(listed) != node.GetName()):
            self._refresh()

    def _refresh(self, *_event):
        found = [node for name in self._types for node in slicer.util.getNodesByClass(name)]
        self._nodes = [None, *(node for node in found if self._is_choice(node))]
        self._box.clear()
        self._box.addItems([node.GetName() if node else "None" for node in self._nodes])
        if self._current not in self._nodes:
            self.setCurrentNode(None)
        self._box.setCurrentIndex(self._nodes.index(self._current))

    def _is_choice(self, node) -> bool:
        known = any(node.IsA(name) if self._flags["showChildNodeTypes"] else node.GetClassName() == name
                    for name in self._types)
        return bool(known and node.GetScene() and not node.GetHideFromEditors())

    def currentNode(self):  # noqa: N802
        """Return the chosen node or None."""
        return self._current

    def setCurrentNode(self, node):  # noqa: N802
        """Choose a node; none if the node is not in the list, or not yet."""
        node = node if node in self._nodes else None
        if node is not self._current:
            self._current = node
            self._box.setCurrentIndex(self._nodes.index(node))
            self.currentNodeChanged.emit(node)
