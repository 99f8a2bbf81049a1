"""``slicer.app.layoutManager()``: arranges views as the real layout node of the scene describes it."""

from __future__ import annotations

from xml.etree import ElementTree

import qt
import slicer
import vtk
from PySide6.QtCore import Qt, Signal
from views import SliceView, ThreeDView


class ViewWidget(qt.QWidget):
    """A view below a coloured bar with its name."""

    def __init__(self, node, view):
        super().__init__()
        self.node, self._view = node, view
        self._bar = qt.QLabel()
        self._bar.setFixedHeight(18)
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._bar)
        layout.addWidget(view, 1)
        node.AddObserver(vtk.vtkCommand.ModifiedEvent, self._name)
        self._name()

    def _name(self, *_event):
        color = "#{:02x}{:02x}{:02x}".format(*(round(255 * channel) for channel in self.node.GetLayoutColor()))
        self._bar.setText(f"  {self.node.GetLayoutLabel()}")
        self._bar.setStyleSheet(f"background: {color}; color: black; font-weight: bold")


class SliceWidget(ViewWidget):
    """``qMRMLSliceWidget``: the offset that its slider begins with and its size come when the queue is worked off.

    A view that is not on screen gets the size ``SIZE``, pixels.
    """

    SIZE = (510, 340)
    offsetChanged, sizeChanged = Signal(float), Signal()  # noqa: N815

    def __init__(self, node, view):
        super().__init__(node, view)
        self.offsetChanged.connect(self.sliceLogic().SetSliceOffset, Qt.ConnectionType.QueuedConnection)
        self.sizeChanged.connect(self._resize, Qt.ConnectionType.QueuedConnection)
        self.offsetChanged.emit(self.sliceLogic().GetSliceOffset())

    def _resize(self):
        if not self._view.isVisible():
            self.sliceLogic().ResizeSliceNode(*self.SIZE)

    def sliceView(self):  # noqa: N802
        return self._view

    def sliceLogic(self):  # noqa: N802
        return self._view.sliceLogic()

    def mrmlSliceNode(self):  # noqa: N802
        return self.node


class ThreeDWidget(ViewWidget):
    """``qMRMLThreeDWidget``."""

    def threeDView(self):  # noqa: N802
        return self._view

    def mrmlViewNode(self):  # noqa: N802
        return self.node


KINDS = {"vtkMRMLSliceNode": (SliceWidget, SliceView), "vtkMRMLViewNode": (ThreeDWidget, ThreeDView)}


class LayoutManager(qt.QObject):
    """Follows the layout node: its logic makes the view nodes, the widgets are made here."""

    layoutChanged = Signal(int)  # noqa: N815

    def __init__(self, application):
        super().__init__()
        # It observes the scene it is given; the application keeps this one for its life.
        self._logic = slicer.vtkMRMLLayoutLogic()
        self._logic.SetMRMLApplicationLogic(application.applicationLogic())
        self._logic.SetMRMLScene(slicer.mrmlScene)
        self._widgets, self._shown = {}, ""
        self._viewport = qt.QWidget()
        self._viewport.setLayout(qt.QVBoxLayout())
        self._viewport.layout().setContentsMargins(0, 0, 0, 0)
        self._node = self._logic.GetLayoutNode()
        self._node.AddObserver(vtk.vtkCommand.ModifiedEvent, self._arrange)
        self.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)

    @property
    def layout(self) -> int:
        """Number of the layout that is shown."""
        return self._node.GetViewArrangement()

    def setLayout(self, number: int):  # noqa: N802
        """Show another layout."""
        self._node.SetViewArrangement(number)
        self._arrange()

    def layoutLogic(self):  # noqa: N802
        return self._logic

    def mrmlSliceLogics(self):  # noqa: N802
        return slicer.app.applicationLogic().GetSliceLogics()

    def viewport(self):
        """Return the widget that contains all views."""
        return self._viewport

    def _arrange(self, *_event):
        description = self._node.GetCurrentLayoutDescription()
        if not description or description == self._shown:
            return
        self._shown = description
        for widget in self._widgets.values():
            widget.setParent(None)
        layout = self._viewport.layout()
        while layout.count():
            layout.takeAt(0).widget().deleteLater()
        layout.addWidget(self._build(ElementTree.fromstring(description)))
        for widget in self._widgets.values():
            widget.node.SetMappedInLayout(widget.parent() is not None)
            if isinstance(widget, SliceWidget) and widget.parent() is not None:
                widget.sizeChanged.emit()
        self.layoutChanged.emit(self.layout)

    def _build(self, element):
        if element.tag == "view":
            return self._widget(element.get("class"), element.get("singletontag"))
        upright = element.get("type") == "vertical"
        splitter = qt.QSplitter(qt.Qt.Orientation.Vertical if upright else qt.Qt.Orientation.Horizontal)
        sizes = []
        for item in element.findall("item"):
            for child in item:
                splitter.addWidget(self._build(child))
                splitter.setStretchFactor(splitter.count() - 1, 1)
                sizes.append(int(item.get("splitSize", 500)))
        splitter.setSizes(sizes)
        return splitter

    def _widget(self, class_name: str, tag: str):
        if (class_name, tag) not in self._widgets:
            widget_class, view_class = KINDS[class_name]
            node = slicer.mrmlScene.GetSingletonNode(tag, class_name)
            self._widgets[class_name, tag] = widget_class(node, view_class(node))
        widget = self._widgets[class_name, tag]
        widget.setVisible(True)
        return widget

    def forget(self, tags):
        """Remove views by their singleton tags, as if they had never been shown."""
        for class_name, tag in [key for key in self._widgets if key[1] in tags]:
            widget = self._widgets.pop((class_name, tag))
            if isinstance(widget, SliceWidget):
                slicer.app.applicationLogic().GetSliceLogics().RemoveItem(widget.sliceLogic())
            slicer.mrmlScene.RemoveNode(widget.node)
            widget.setParent(None)

    def _of(self, kind):
        return [widget for widget in self._widgets.values() if isinstance(widget, kind)]

    def sliceViewNames(self):  # noqa: N802
        return [widget.node.GetLayoutName() for widget in self._of(SliceWidget)]

    def sliceWidget(self, name: str):  # noqa: N802
        """Return a slice widget by the name of its view, or None."""
        return next((widget for widget in self._of(SliceWidget) if widget.node.GetLayoutName() == name), None)

    @property
    def threeDViewCount(self):  # noqa: N802
        return len(self._of(ThreeDWidget))

    def threeDWidget(self, index: int):  # noqa: N802
        return self._of(ThreeDWidget)[index]
