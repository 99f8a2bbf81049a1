"""A stand-in for ``slicer.parameterNodeWrapper``: typed access to a parameter node, bound to widgets.

It knows the types the module uses and keeps them as the original does: nodes as references; bool, float and str as
the text of a parameter.
"""

from __future__ import annotations

import functools
import typing

import qt
import slicer
import vtk


class WithinRange:
    """An annotation; the original refuses values outside, here only the widget does."""

    def __init__(self, minimum: float, maximum: float) -> None:
        self.minimum, self.maximum = minimum, maximum


def parameterNodeWrapper(cls):  # noqa: N802
    """Make the annotated fields of a class properties that are stored in a parameter node."""
    fields = typing.get_type_hints(cls)
    for name, kind in fields.items():
        default = getattr(cls, name, None)
        setattr(cls, name, _value(name, kind, default) if kind in READ else _node(name))
    cls.__init__ = lambda self, node: _initialize(self, node, fields)
    for method in (connectGui, disconnectGui, AddObserver, RemoveObserver):
        setattr(cls, method.__name__, method)
    return cls


#: How the text of a parameter is read.
READ = {bool: {"true": True, "false": False}.get, float: float, str: str}


def _value(name: str, kind: type, default) -> property:
    def get(self):
        text = self.parameterNode.GetParameter(name)
        return READ[kind](text) if text else default

    def put(self, value):
        self.parameterNode.SetParameter(name, str(value).lower() if kind is bool else str(kind(value)))

    return property(get, put)


def _node(name: str) -> property:
    def put(self, node):
        self.parameterNode.SetNodeReferenceID(name, node.GetID() if node else None)

    return property(lambda self: self.parameterNode.GetNodeReference(name), put)


def _initialize(self, node, fields) -> None:
    self.parameterNode, self._fields, self._guis, self._writing = node, fields, {}, False


def connectGui(self, ui) -> int:  # noqa: N802
    """Keep widgets with the property ``SlicerParameterName`` and parameters equal, until the tag is disconnected."""
    bindings = [(widget.property("SlicerParameterName"), widget) for widget in vars(ui).values()
                if widget.property("SlicerParameterName")]
    unknown = {name for name, _ in bindings} - set(self._fields)
    if unknown:
        raise ValueError(f"The .ui file names parameters that do not exist: {unknown}")
    connections = []
    for name, widget in bindings:
        signal, read = _how_to_read(widget)
        slot = functools.partial(_from_widget, self, name, read)
        widget.connect(signal, slot)
        connections.append((widget, signal, slot))
    observer = self.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: _to_widgets(self, bindings))
    _to_widgets(self, bindings)
    tag = len(self._guis)
    self._guis[tag] = (observer, connections)
    return tag


def _how_to_read(widget):
    if isinstance(widget, slicer.qMRMLNodeComboBox):
        return "currentNodeChanged(vtkMRMLNode*)", widget.currentNode
    if isinstance(widget, qt.QDoubleSpinBox):
        return "valueChanged(double)", lambda: widget.value
    return "toggled(bool)", lambda: widget.checked


def _from_widget(self, name: str, read) -> None:
    if not self._writing:
        setattr(self, name, read())


def _to_widgets(self, bindings) -> None:
    if self._writing:
        return
    self._writing = True
    try:
        for name, widget in bindings:
            write = next(getattr(widget, function) for function in ("setCurrentNode", "setValue", "setChecked")
                         if hasattr(widget, function))
            write(getattr(self, name))
    finally:
        self._writing = False


def disconnectGui(self, tag: int) -> None:  # noqa: N802
    """Undo :func:`connectGui`."""
    observer, connections = self._guis.pop(tag)
    self.RemoveObserver(observer)
    for widget, signal, slot in connections:
        widget.disconnect(signal, slot)


def AddObserver(self, event, callback, priority=0.0):  # noqa: N802
    """Observe the parameter node."""
    return self.parameterNode.AddObserver(event, callback, priority)


def RemoveObserver(self, tag):  # noqa: N802
    """Observe the parameter node no more."""
    self.parameterNode.RemoveObserver(tag)
