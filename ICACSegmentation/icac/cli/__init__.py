"""The command line: one file a command, imported only when its parser is built; heavy imports only when it runs.

Exit codes: 0 done, 1 other error, 2 wrong use, 3 unusable input, 4 alignment failed, 5 model package, 6 device,
7 output folder, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from icac import __version__
from icac.errors import INTERRUPTED_EXIT_CODE, IcacError

#: Commands in the order of the help; each is a module of this package with ``add_parser`` and ``run``.
COMMANDS = ("segment", "demo", "series", "model", "devices", "simulate", "realism", "train", "calibrate", "compare",
            "evaluate", "study", "cohort")

_EPILOG = """exit codes:
  0 done    1 other error    2 wrong use of the command    3 the input cannot be used
  4 the head could not be aligned    5 model package    6 computing device    7 output folder
  130 stopped by Ctrl-C

Research use only. The bundled weights were trained on simulated scans.
"""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with all commands."""
    parser = argparse.ArgumentParser(
        prog="icac", epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Measure intracranial carotid artery calcification (ICAC) in non-contrast head CT.")
    parser.add_argument("--version", action="version", version=f"icac {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        importlib.import_module(f"icac.cli.{name}").add_parser(subparsers)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    options = build_parser().parse_args(arguments)
    try:
        return importlib.import_module(f"icac.cli.{options.command}").run(options)
    except IcacError as error:
        print(f"icac: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("icac: stopped; nothing was left half-written.", file=sys.stderr)
        return INTERRUPTED_EXIT_CODE
    except BrokenPipeError:
        # The reader of our output went away (``icac ... | head``); keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
