"""What a run decides is told on the error output if that is asked for, and only then."""

from __future__ import annotations

import logging

import pytest
from icac.cli import build_parser
from icac.log import LOGGER, decisions_shown


def test_decisions_are_told_on_one_line_without_control_characters(capsys):
    with decisions_shown(True):
        logging.getLogger("icac").info("engine: %s", "a\x1b[31m\nicac: b")
    told = capsys.readouterr()
    assert not told.out
    assert told.err.endswith("icac: engine: a\\x1b[31m icac: b\n")
    assert told.err.count("\n") == 1


@pytest.mark.parametrize("verbose", [False, True])
def test_nothing_is_told_unless_it_is_asked_for_nor_afterwards(verbose, capsys):
    with decisions_shown(verbose):
        pass
    with decisions_shown(False):
        LOGGER.info("engine: PyTorch")
    assert capsys.readouterr().err == ""
    assert not LOGGER.handlers


def test_the_option_stands_before_the_command():
    assert build_parser().parse_args(["--verbose", "devices"]).verbose
    assert not build_parser().parse_args(["devices"]).verbose
