"""A stand-in for ``slicer.parameterNodeWrapper`` of Slicer 5.10: typed access to a parameter node, bound to widgets.

It knows the types the module uses and is as strict as the original: see "Parameter node" in the README of this folder.
"""

from __future__ import annotations

import types
import typing
import weakref

import qt
import slicer
import vtk


class WithinRange:
    """An annotation: values outside are refused, and the widget gets the range."""

    def __init__(self, minimum: float, maximum: float) -> None:
        self.minimum, self.maximum = minimum, maximum

    def check(self, value) -> None:
        """Refuse a value outside."""
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"Value must be within range [{self.minimum}, {self.maximum}], is {value}")


# How values are kept in the node


class Value:
    """A bool, float or str as the text of a parameter."""

    READ: typing.ClassVar = {bool: lambda text: text == "True", float: float, int: int, str: str}
    KINDS: typing.ClassVar = {float: (int, float)}

    def __init__(self, kind: type) -> None:
        self._kind, self.default = kind, kind()

    def accepts(self, value) -> bool:
        """Tell whether the value is of the type; None is of none."""
        return isinstance(value, self.KINDS.get(self._kind, self._kind))

    def is_in(self, node, name: str) -> bool:
        """Tell whether the node has the parameter."""
        return bool(node.HasParameter(name))

    def write(self, node, name: str, value) -> None:
        """Keep a value."""
        if not self.accepts(value):
            raise TypeError(f"Value must be of type '{self._kind}', is type '{type(value)}' value '{value}'")
        node.SetParameter(name, str(value))

    def read(self, node, name: str):
        """Return the value."""
        return self.READ[self._kind](node.GetParameter(name))

    def remove(self, node, name: str) -> None:
        """Forget the value."""
        node.UnsetParameter(name)


class Node(Value):
    """A node of the scene as a reference."""

    READ: typing.ClassVar = {}

    def __init__(self, kind: type) -> None:
        self._kind, self.default = kind, None

    def accepts(self, value) -> bool:
        """Tell whether the value is a node of the class, or None."""
        return value is None or isinstance(value, self._kind)

    def write(self, node, name: str, value) -> None:
        """Keep a node; the empty parameter of the same name says that there is a value, which may be None."""
        super().write(node, name, value)
        node.SetParameter(name, "")
        node.SetNodeReferenceID(name, value.GetID() if value is not None else None)

    def read(self, node, name: str):
        """Return the node or None."""
        return node.GetNodeReference(name)

    def remove(self, node, name: str) -> None:
        """Forget the reference."""
        node.UnsetParameter(name)
        node.RemoveNodeReferenceIDs(name)


class Nothing(Value):
    """None, as one of several types."""

    def __init__(self) -> None:
        self._kind, self.default = type(None), None

    def read(self, node, name: str):
        """Return None."""
        return None


class OneOf:
    """A value of one of several types, kept under a name that says which."""

    def __init__(self, kinds: tuple[type, ...]) -> None:
        self._parts = [keeper_of(kind) for kind in kinds]
        self.default = self._parts[0].default

    def _best(self, value) -> int:
        for index, part in enumerate(self._parts):
            # Which class a node is of counts; None only where the type names it.
            if part.accepts(value) and (value is not None or isinstance(part, Nothing)):
                return index
        raise TypeError(f"Unable to write value '{value}' of type '{type(value)}'")

    def is_in(self, node, name: str) -> bool:
        """Tell whether there is a value of any type."""
        return any(part.is_in(node, f"{name}.{index}") for index, part in enumerate(self._parts))

    def write(self, node, name: str, value) -> None:
        """Keep a value instead of the present one, which may be of another type."""
        index = self._best(value)
        self.remove(node, name)
        self._parts[index].write(node, f"{name}.{index}", value)

    def read(self, node, name: str):
        """Return the value."""
        return next(part.read(node, f"{name}.{index}") for index, part in enumerate(self._parts)
                    if part.is_in(node, f"{name}.{index}"))

    def remove(self, node, name: str) -> None:
        """Forget the value, whatever its type."""
        for index, part in enumerate(self._parts):
            part.remove(node, f"{name}.{index}")


def keeper_of(kind):
    """Return what keeps values of a type."""
    if isinstance(kind, types.UnionType):
        # Slicer 5.12 takes this for typing.Union; 5.10 does not.
        raise TypeError(f"Unable to create serializer for type: {kind}")
    if typing.get_origin(kind) is typing.Union:
        return OneOf(typing.get_args(kind))
    if kind in Value.READ:
        return Value(kind)
    if kind is type(None):
        return Nothing()
    if isinstance(kind, type) and issubclass(kind, slicer.vtkMRMLNode):
        return Node(kind)
    raise TypeError(f"Unable to create serializer for type: {kind}")


# The wrapper


class Field:
    """A member of the class: how it is kept, its default, and what may be written."""

    def __init__(self, name: str, annotated, default) -> None:
        self.name = name
        self.kind, self.checks = _split(annotated)
        self.keeper = keeper_of(self.kind)
        self.default = self.keeper.default if default is None else default

    def write(self, node, value) -> None:
        """Keep a value if it is allowed."""
        for check in self.checks:
            check.check(value)
        self.keeper.write(node, self.name, value)

    def read(self, node):
        """Return the value."""
        if not self.keeper.is_in(node, self.name):
            self.write(node, self.default)
        return self.keeper.read(node, self.name)


def _split(annotated) -> tuple:
    if typing.get_origin(annotated) is typing.Annotated:
        kind, *notes = typing.get_args(annotated)
        return kind, notes
    return annotated, []


def parameterNodeWrapper(cls):  # noqa: N802
    """Make the annotated fields of a class properties that are stored in a parameter node."""
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = {name: Field(name, kind, getattr(cls, name, None)) for name, kind in hints.items()}
    for field in fields.values():
        setattr(cls, field.name, _property(field))
    for name, method in {"_fields": fields, "__init__": _initialize, **METHODS}.items():
        if name != "__init__" and hasattr(cls, name):
            raise ValueError(f"Cannot use reserved name '{name}' in a parameterNodeWrapper")
        setattr(cls, name, method)
    return cls


def _property(field: Field) -> property:
    def get(self):
        return self._values[field.name]

    def put(self, value):
        # Observers find the new value when they are told.
        modified, self._writing = self.parameterNode.StartModify(), True
        try:
            field.write(self.parameterNode, value)
            self._values[field.name] = field.read(self.parameterNode)
        finally:
            self._writing = False
            self.parameterNode.EndModify(modified)

    return property(get, put)


def _initialize(self, node) -> None:
    self.parameterNode, self._guis, self._updating, self._writing = node, {}, False, False
    for field in self._fields.values():
        if not field.keeper.is_in(node, field.name):
            field.write(node, field.default)
    self._values = {name: field.read(node) for name, field in self._fields.items()}
    weak = weakref.ref(self)        # the node must not keep what a wrapper was made for once
    tag = node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: _read_again(weak()))
    weakref.finalize(self, node.RemoveObserver, tag)


def _read_again(self) -> None:
    if not self._writing:
        self._values = {name: field.read(self.parameterNode) for name, field in self._fields.items()}


# Widgets


class Connector:
    """Ties one widget to one type; the signal, and how to read and write."""

    def __init__(self, widget, field: Field) -> None:
        self.widget, self.field, self.callback = widget, field, None
        self.signal, self.read, self.write = self._ways(widget, field)

    def _ways(self, widget, field: Field):
        if type(widget) is slicer.qMRMLNodeComboBox:
            # What the .ui file says about classes does not count.
            widget.nodeTypes = node_types(field.kind)
            return "currentNodeChanged(vtkMRMLNode*)", widget.currentNode, widget.setCurrentNode
        if type(widget) is qt.QDoubleSpinBox and field.kind is float:
            for limits in field.checks:
                widget.minimum, widget.maximum = limits.minimum, limits.maximum
            return "valueChanged(double)", lambda: widget.value, widget.setValue
        if type(widget) is qt.QCheckBox and field.kind is bool:
            return "stateChanged(int)", lambda: widget.checked, widget.setChecked
        raise RuntimeError(f"Unable to create GUI connector from datatype '{field.kind}' to widget {type(widget)}.")

    def changed(self) -> None:
        """Tell of a change in the widget."""
        if self.callback:
            self.callback()


def node_types(kind) -> tuple[str, ...]:
    """Return the names of node classes, for which one object of each is made, so none may be abstract."""
    kinds = typing.get_args(kind) if typing.get_origin(kind) is typing.Union else (kind,)
    return tuple(part().GetClassName() for part in kinds if part is not type(None))


def connectGui(self, ui) -> int:  # noqa: N802
    """Keep widgets with the property ``SlicerParameterName`` and parameters equal, until the tag is disconnected."""
    named = {widget.property("SlicerParameterName"): widget for widget in vars(ui).values()
             if widget.property("SlicerParameterName")}
    unknown = set(named) - set(self._fields)
    if unknown:
        raise ValueError(f"Cannot find a param with the given name: {unknown}")
    connectors = [Connector(widget, self._fields[name]) for name, widget in named.items()]
    for connector in connectors:
        connector.write(getattr(self, connector.field.name))
        connector.callback = lambda connector=connector: _from_widget(self, connector)
        connector.widget.connect(connector.signal, connector.changed)
    observer = self.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: _to_widgets(self))
    tag = len(self._guis)
    self._guis[tag] = (observer, connectors)
    return tag


def _from_widget(self, connector: Connector) -> None:
    if not self._updating:
        modified = self.parameterNode.StartModify()
        try:
            setattr(self, connector.field.name, connector.read())
        finally:
            self.parameterNode.EndModify(modified)


def _to_widgets(self) -> None:
    if self._updating:
        return
    self._updating = True
    try:
        for _, connectors in self._guis.values():
            for connector in connectors:
                connector.write(getattr(self, connector.field.name))
    finally:
        self._updating = False


def disconnectGui(self, tag: int) -> None:  # noqa: N802
    """Undo :func:`connectGui`."""
    observer, connectors = self._guis.pop(tag)
    self.RemoveObserver(observer)
    for connector in connectors:
        connector.callback = None
        connector.widget.disconnect(connector.signal, connector.changed)


def AddObserver(self, event, callback, priority=0.0):  # noqa: N802
    """Observe the parameter node."""
    return self.parameterNode.AddObserver(event, callback, priority)


def RemoveObserver(self, tag):  # noqa: N802
    """Observe the parameter node no more."""
    self.parameterNode.RemoveObserver(tag)


METHODS = {function.__name__: function for function in (connectGui, disconnectGui, AddObserver, RemoveObserver)}
