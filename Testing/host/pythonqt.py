"""``qt`` and ``ctk`` in the style of PythonQt, which Slicer embeds, on top of PySide6.

PythonQt differs in ways that every module meets: a Qt property is an attribute (``button.text = "Go"``), signals are
connected by their C++ signature (``button.connect("clicked(bool)", f)``), surplus arguments of a signal are dropped,
what is empty is false, and more (see "PythonQt" in the README of this folder). The PySide6 classes are changed in
place, so that objects which C++ makes have these ways, too.
"""

from __future__ import annotations

import ctypes
import re
import sys
import types
from inspect import CO_VARARGS, getattr_static
from xml.etree import ElementTree

from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets
from PySide6.QtCore import SIGNAL, QObject, SignalInstance

#: Exceptions in slots; Qt prints and swallows them.
slot_errors: list[Exception] = []

#: As Python properties these would be called back from C++.
_VIRTUAL = {"sizeHint", "minimumSizeHint"}


class NoSuchSignal(RuntimeError):  # noqa: N818
    """Slicer only prints a line about a misspelt signal, and the button stays dead; a test should stop."""


def install() -> None:
    """Make ``import qt`` and ``import ctk`` work."""
    if "qt" in sys.modules:
        return
    _keep_constants()
    qt, classes = types.ModuleType("qt"), []
    for library in (QtCore, QtGui, QtWidgets):
        for name in (name for name in dir(library) if name.startswith("Q")):
            value = getattr(library, name)
            setattr(qt, name, value)
            if isinstance(value, type) and issubclass(value, QObject) and value not in classes:
                classes.append(value)
    for cls in classes:
        _add_properties(cls)
    for value in vars(qt).values():
        if isinstance(value, type):
            _add_truth(value)
    _add_connect_by_name()
    _forbid_new_attributes(frozenset(classes))
    _change_functions(qt)
    qt.QUiLoader = UiLoader
    sys.modules["qt"], sys.modules["ctk"] = qt, types.ModuleType("ctk")


def _keep_constants() -> None:
    """Keep None, True and False alive: in some calls, PySide6 6.12 gives back one reference too many to them.

    Each ``QCoreApplication.processEvents`` takes one of the few thousand that None has, so that a test which waited
    for a minute, as on a busy machine, ended with "none_dealloc" and an abort (exit code 134). From Python 3.12 on
    these references are not counted.
    """
    for constant in (None, True, False) if sys.version_info < (3, 12) else ():
        ctypes.c_ssize_t.from_address(id(constant)).value += 1 << 40


def _add_properties(cls: type) -> None:
    meta = cls.staticMetaObject
    for i in range(meta.propertyOffset(), meta.propertyCount()):
        name = meta.property(i).name()
        capital = name[0].upper() + name[1:]
        getter = next((function for function in (getattr(cls, name, None), getattr(cls, f"is{capital}", None))
                       if callable(function)), None)
        if name in _VIRTUAL or isinstance(getter, property) or _is_also_a_function(cls, name, capital):
            continue
        setattr(cls, name, _as_property(name, getter, getattr(cls, f"set{capital}", None)))


def _is_also_a_function(cls: type, name: str, capital: str) -> bool:
    """Tell properties that share their name with a static function, such as QTimer.singleShot."""
    return isinstance(getattr(cls, name, None), types.BuiltinFunctionType) and hasattr(cls, f"is{capital}")


def _add_truth(cls: type) -> None:
    """Make what is empty, not valid or null false: the first of these questions that the class answers decides."""
    for question, is_true in (("isEmpty", False), ("isValid", True), ("isNull", False)):
        answer = getattr(cls, question, None)
        if isinstance(answer, types.MethodDescriptorType):
            cls.__bool__ = lambda self, answer=answer, is_true=is_true: answer(self) is is_true
            return


def _forbid_new_attributes(classes: frozenset[type]) -> None:
    """Refuse attributes that a class of Qt does not have, as its Python object does not live as long as that of C++.

    PySide6 itself keeps signals as attributes.
    """

    def set_attribute(self, name, value):
        own = getattr_static(type(self), name, None)
        if hasattr(type(own), "__set__"):
            own.__set__(self, value)
        elif isinstance(own, QtCore.Property):
            self.setProperty(name, list(value) if isinstance(value, tuple) else value)
        elif type(self) in classes and not UiLoader.is_loading and not isinstance(value, SignalInstance):
            raise AttributeError(f"'{name}' does not exist on {type(self).__name__} and creating new attributes on "
                                 "C++ objects is not allowed")
        else:
            self.__dict__[name] = value

    for cls in classes:         # each has a slot of its own for it
        cls.__setattr__ = set_attribute


def _change_functions(qt) -> None:
    """Change what functions take and return: names of files alone, key sequences only, and functions that may fail."""
    for name in ("getOpenFileName", "getSaveFileName"):
        chosen = getattr(QtWidgets.QFileDialog, name)
        setattr(QtWidgets.QFileDialog, name, staticmethod(lambda *a, chosen=chosen, **k: chosen(*a, **k)[0]))
    set_key = QtGui.QShortcut.setKey
    QtGui.QShortcut.setKey = lambda self, key: set_key(self, _of_type(key, QtGui.QKeySequence))
    later = QtCore.QTimer.singleShot
    qt.QTimer.singleShot = staticmethod(lambda ms, function: later(ms, _slot(function)))


def _of_type(value, kind: type):
    if not isinstance(value, kind):
        raise ValueError(f"Called with {value!r}, which PythonQt does not make a {kind.__name__}")
    return value


def _as_property(name: str, getter, setter) -> property:
    if isinstance(getter, types.BuiltinFunctionType):       # static, e.g. applicationName: takes no self
        return property(lambda self: getter(), lambda self, value: setter(value))
    return property(getter or (lambda self: self.property(name)),
                    setter or (lambda self, value: self.setProperty(name, value)))


def _add_connect_by_name() -> None:
    # PySide6 answers obj.connect in its own getattro whatever the class dictionary says; so step in before it.
    ours = {"connect": _connect, "disconnect": _disconnect}
    QObject.__getattribute__ = lambda self, name: (
        types.MethodType(ours[name], self) if name in ours else _plain(self, name))
    QObject.name = property(lambda self: self.objectName, lambda self, value: self.setObjectName(value))


_qt_connect, _qt_disconnect, _plain = QObject.connect, QObject.disconnect, QObject.__getattribute__


def _connect(self, signature: str, *target) -> bool:
    if signature[:1].isdigit():             # PySide6 itself, e.g. inside QTimer.singleShot
        return _plain(self, "connect")(signature, *target)
    function = target[0] if len(target) == 1 else getattr(target[0], target[1].split("(")[0])
    slot = _slot(function)
    signal = re.sub(r"\bconst\b|&|\s+", "", signature)
    own = getattr(type(self), "SIGNALS", {})
    if signal in own:                       # a stand-in's signal that carries a VTK object
        bound = getattr(self, own[signal])
        bound.connect(slot)
        undo = lambda: bound.disconnect(slot)  # noqa: E731
    elif self.metaObject().indexOfSignal(signal) < 0:
        raise NoSuchSignal(f"{type(self).__name__} has no signal {signature}")
    else:
        _qt_connect(self, SIGNAL(signal), slot)
        undo = lambda: _qt_disconnect(self, SIGNAL(signal), slot)  # noqa: E731
    self.__dict__.setdefault("_connections", []).append((signal, function, undo))
    return True


def _disconnect(self, signature: str, function) -> bool:
    signal = re.sub(r"\bconst\b|&|\s+", "", signature)
    rows = self.__dict__.get("_connections", [])
    for row in [row for row in rows if row[:2] == (signal, function)]:
        row[2]()
        rows.remove(row)
        return True
    return False


def _slot(function):
    count = _accepted(function)

    def slot(*arguments):
        try:
            return function(*arguments[:count])
        except Exception as error:
            slot_errors.append(error)
            raise

    return slot


def _accepted(function) -> int | None:
    """Return how many positional arguments a function or method of Python takes; None for any number.

    Arguments with a default count, and to anything else that can be called all arguments are passed.
    """
    is_method = isinstance(function, types.MethodType)
    plain = function.__func__ if is_method else function
    if not isinstance(plain, types.FunctionType) or plain.__code__.co_flags & CO_VARARGS:
        return None
    return plain.__code__.co_argcount - is_method


class UiLoader(QtUiTools.QUiLoader):
    """A loader that knows the stand-in widgets and makes the connections of the .ui file by name."""

    classes: dict[str, type] = {}  # noqa: RUF012
    is_loading = False          # PySide6 then makes widgets attributes of those that contain them

    def createWidget(self, class_name, parent=None, name=""):  # noqa: N802
        """Make a widget of a stand-in class, or of a class of Qt."""
        if class_name in self.classes:
            widget = self.classes[class_name](parent)
            widget.setObjectName(name)
            return widget
        if class_name not in self.availableWidgets():
            raise RuntimeError(f"The .ui file uses {class_name}, for which there is no stand-in.")
        return super().createWidget(class_name, parent, name)

    def load(self, source, parent=None):
        """Make the widgets of a .ui file."""
        root = ElementTree.parse(source.fileName()).getroot()
        connections = root.find("connections")
        root.remove(connections)
        data = QtCore.QBuffer()
        data.setData(ElementTree.tostring(root))
        data.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
        UiLoader.is_loading = True
        try:
            top = super().load(data, parent)
        finally:
            UiLoader.is_loading = False
        named = {widget.objectName: widget for widget in [top, *top.findChildren(QObject)]}
        for connection in connections:
            sender, signal, receiver, slot = (connection.findtext(key)
                                              for key in ("sender", "signal", "receiver", "slot"))
            named[sender].connect(signal, named[receiver], slot)
        return top
