"""The host is as strict as PythonQt: what fails in the application fails here."""

from __future__ import annotations

import functools
import sys

import pytest

pytestmark = pytest.mark.usefixtures("slicer")


@pytest.fixture
def qt(slicer):
    import qt

    return qt


def test_what_is_empty_is_false(qt):
    widget = qt.QWidget()
    layout = qt.QVBoxLayout(widget)
    assert not layout
    assert not qt.QMenu(widget)
    assert not qt.QKeySequence()
    assert not qt.QModelIndex()
    layout.addWidget(qt.QLabel())
    assert layout
    assert widget


def test_an_empty_layout_of_a_ui_file_is_not_found(qt, slicer, tmp_path):
    file = tmp_path / "empty.ui"
    file.write_text('<ui version="4.0"><widget class="QWidget" name="top"><layout class="QVBoxLayout" name="full">'
                    '<item><widget class="QWidget" name="inner"><layout class="QVBoxLayout" name="empty"/></widget>'
                    "</item></layout></widget><connections/></ui>")
    names = set(vars(slicer.util.childWidgetVariables(slicer.util.loadUI(str(file)))))
    assert names == {"top", "full", "inner"}


def test_objects_of_qt_get_no_new_attributes(qt):
    label = qt.QLabel()
    label.text = "known"
    with pytest.raises(AttributeError, match="creating new attributes"):
        label.textt = "unknown"


def test_arguments_with_a_default_get_those_of_the_signal(qt):
    button, got = qt.QPushButton(), []
    button.checkable = True
    button.connect("toggled(bool)", lambda mine="mine": got.append(mine))
    button.connect("toggled(bool)", lambda: got.append("none"))
    button.click()
    assert got == [True, "none"]


def test_to_what_is_no_function_all_arguments_are_passed(qt):
    from pythonqt import slot_errors

    button = qt.QPushButton()
    button.connect("clicked(bool)", functools.partial(lambda: None))
    button.click()
    assert [type(slot_errors.pop()) for _ in tuple(slot_errors)] == [TypeError]


def test_a_key_is_no_text(qt):
    widget = qt.QWidget()
    shortcut = qt.QShortcut(widget)
    with pytest.raises(ValueError, match="QKeySequence"):
        shortcut.setKey("A")
    shortcut.setKey(qt.QKeySequence("A"))


def test_a_timer_that_outlives_its_label_is_an_error(qt, slicer):
    import shiboken6
    from pythonqt import slot_errors

    label = qt.QLabel()
    qt.QTimer.singleShot(0, lambda: label.setText("late"))
    shiboken6.delete(label)
    slicer.app.processEvents()
    assert [type(slot_errors.pop()) for _ in tuple(slot_errors)] == [RuntimeError]


def test_the_module_qt_has_no_signals_of_its_own(qt):
    assert not hasattr(qt, "Signal")


def test_waiting_for_long_does_not_end_python(slicer):
    """Each round takes a reference from None, which had some thousands (see ``pythonqt._keep_constants``)."""
    for _ in range(100_000):
        slicer.app.processEvents()
    assert sys.version_info >= (3, 12) or sys.getrefcount(None) > 1 << 39
