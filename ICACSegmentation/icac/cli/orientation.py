"""What commands that read scans share: what a user can say of files that do not tell where left and right are."""

from __future__ import annotations

import argparse

from icac.settings import AXES


def add_assumption(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """Add ``--assume-lps`` and ``--assume-ras``, which set ``assume``."""
    either = parser.add_mutually_exclusive_group()
    for axes, words in zip(AXES, ("left, back and head", "right, front and head"), strict=True):
        either.add_argument(f"--assume-{axes}", dest="assume", action="store_const", const=axes,
                            help=f"the voxel axes of files that do not tell run to the {words} of the patient "
                                 "(default: such files are refused)")
