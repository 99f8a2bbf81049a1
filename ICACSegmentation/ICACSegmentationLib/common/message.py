"""Sentences for the user instead of tracebacks: errors of icac are shown beside the controls that met them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ICACSegmentationLib.common.colors import CALM_STYLE, ERROR_STYLE


def tell(label, text: str = "", error: bool = False) -> None:
    """Show a sentence in a label, or clear it; an empty label takes no room."""
    label.setText(text)
    label.setStyleSheet(ERROR_STYLE if error else CALM_STYLE)
    label.setVisible(bool(text))


@contextmanager
def show_errors(label, clear: bool = True) -> Iterator[None]:
    """Show the sentence in a label if an error of icac is raised within the block; clear it before by default."""
    from icac.errors import IcacError

    if clear:
        tell(label)
    try:
        yield
    except IcacError as error:
        tell(label, str(error), error=True)
