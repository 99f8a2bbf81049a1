"""``icac --verbose``: what a run decides, on the standard error output."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from icac.log import LOGGER, OneLine


@contextmanager
def decisions_told(verbose: bool) -> Iterator[None]:
    """Show the decisions of a run while it runs, if that is wanted."""
    if not verbose:
        yield
        return
    handler, before = logging.StreamHandler(sys.stderr), LOGGER.level
    handler.setFormatter(OneLine())
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    try:
        yield
    finally:
        LOGGER.setLevel(before)
        LOGGER.removeHandler(handler)
