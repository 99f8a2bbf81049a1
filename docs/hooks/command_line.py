"""The page of the command line: the help of every command as its parser prints it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from unittest.mock import patch

from icac.cli import build_parser

#: Width of the help in characters.
COLUMNS = "100"

INTRODUCTION = """\
The help of every command, as `icac COMMAND --help` prints it. Bad input ends in one sentence that says what is wrong,
in which file, and what to do; nothing half-written is left behind. The exit codes stand at the end of the first block.
"""


def command_line_page() -> str:
    """Return the page as Markdown."""
    with patch.dict(os.environ, {"COLUMNS": COLUMNS}):
        blocks = [f"## {parser.prog}\n\n```text\n{parser.format_help().rstrip()}\n```\n"
                  for parser in parsers(build_parser())]
    return "\n".join(["# Command line\n", INTRODUCTION, *blocks])


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield a parser and all its commands, each before its own commands."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from parsers(command)
