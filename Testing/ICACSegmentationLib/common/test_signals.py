from __future__ import annotations

from ICACSegmentationLib.common.signals import Signal


def test_receivers_are_called_in_order_and_once():
    signal, heard = Signal(), []
    first, second = (lambda value: heard.append(("first", value))), (lambda value: heard.append(("second", value)))
    for receiver in (first, second, first):
        signal.connect(receiver)
    signal.emit(7)
    assert heard == [("first", 7), ("second", 7)]


def test_a_receiver_may_disconnect_itself_while_called():
    signal, heard = Signal(), []

    def once():
        heard.append("once")
        signal.disconnect(once)

    signal.connect(once)
    signal.connect(lambda: heard.append("always"))
    signal.emit()
    signal.emit()
    assert heard == ["once", "always", "always"]
