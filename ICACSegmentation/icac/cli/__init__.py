"""The command line: one file a command, imported only when its parser is built; heavy imports only when it runs.

Exit codes: 0 done, 1 other error, 2 wrong use, 3 unusable input, 4 alignment failed, 5 model package, 6 device,
7 output folder, 130 stopped by Ctrl-C (143 and 129 by the signals TERM and HUP).
"""

from __future__ import annotations

import argparse
import importlib
import sys

from icac import __version__
from icac.cli.scarce_memory import refuse_too_little, reserve_little
from icac.cli.stopping import exit_code, unwound_by_signals
from icac.cli.terminal import Terminal, cleaned_streams
from icac.errors import DeviceError, IcacError, OutputError, is_memory_full
from icac.log import decisions_shown
from icac.text import one_line

#: Commands in the order of the help; each is a module of this package with ``add_parser`` and ``run``.
COMMANDS = ("segment", "demo", "series", "change", "explain", "model", "devices", "simulate", "realism", "train",
            "calibrate", "compare", "evaluate", "worklist", "study", "cohort")

_EPILOG = """exit codes:
  0 done    1 other error    2 wrong use of the command    3 the input cannot be used
  4 the head could not be aligned    5 model package    6 computing device    7 output folder
  130 stopped by Ctrl-C (143, 129: by a signal)

Research use only. The bundled weights learnt from simulated calcifications only.
"""


def build_parser(command: str = "") -> argparse.ArgumentParser:
    """Return the parser with one command, which is there sooner, or with all."""
    parser = argparse.ArgumentParser(
        prog="icac", epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Measure intracranial carotid artery calcification (ICAC) in non-contrast head CT.")
    parser.add_argument("--version", action="version", version=f"icac {__version__}")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell on the error output what a run decides: "
                        "engine, second searches, smaller parts for want of memory, ...")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in (command,) if command in COMMANDS else COMMANDS:
        importlib.import_module(f"icac.cli.{name}").add_parser(subparsers)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    reserve_little()
    given = sys.argv[1:] if arguments is None else arguments
    command = next((word for word in given if not word.startswith("-")), "")
    with cleaned_streams() as printed:
        return _run(build_parser(command).parse_args(given)) or _lost(printed)


def _run(options: argparse.Namespace) -> int:
    """Run a command, and say in one sentence why it failed."""
    try:
        refuse_too_little()
        with unwound_by_signals(), decisions_shown(options.verbose):
            return importlib.import_module(f"icac.cli.{options.command}").run(options)
    except IcacError as error:
        print(f"icac: {one_line(str(error))}", file=sys.stderr)
        return error.exit_code
    except Exception as error:
        if not is_memory_full(error):
            raise
        print("icac: There is not enough memory for this; close other programs, raise its limit, or take another "
              "computer.", file=sys.stderr)
        return DeviceError.exit_code
    except KeyboardInterrupt as stop:
        print("icac: stopped; nothing was left half-written.", file=sys.stderr)
        return exit_code(stop)


def _lost(printed: Terminal) -> int:
    """Say that something was printed onto a full disk; files of results that a command wrote are whole."""
    printed.flush()
    if printed.lost is None:
        return 0
    print(f"icac: What was to be printed is lost ({printed.lost.strerror}), the files of the results are whole; make "
          "room and print them again.", file=sys.stderr)
    return OutputError.exit_code
