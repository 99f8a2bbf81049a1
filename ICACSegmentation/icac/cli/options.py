"""Options that commands share: how to segment, what to compute on, how to show progress."""

from __future__ import annotations

import argparse
from dataclasses import fields
from typing import Any

from icac.progress import PROGRESS
from icac.settings import AXES, DEVICES, DICOM_SEGMENTS, ENGINES, HARMONISE, PRECISIONS, REGIONS, USUAL, Settings

#: Settings whose option is not called as they are.
_OPTION = {"min_volume_mm3": "--min-volume"}


def add_settings(parser: argparse._ActionsContainer) -> None:
    """Add the options of :class:`icac.settings.Settings`, but for the series."""
    parser.add_argument("--model", default=USUAL.model, help="name of an installed model or folder of a model package")
    add_device(parser, "computing device (default: the best there is; the choice is shown)")
    parser.add_argument("--engine", default=USUAL.engine, choices=ENGINES,
                        help="what runs the network (default: OpenVINO on the CPU where it is installed, else PyTorch)")
    parser.add_argument("--precision", default=USUAL.precision, choices=PRECISIONS,
                        help="numbers of the network: 32 bits, 16 bits (bf16, half of the time and slightly other "
                             "volumes), or (default) 16 where the processor is made for them and a trial at the start "
                             "finds the same")
    parser.add_argument("--threshold", type=float,
                        help="probability above which a voxel is ICAC (default: that of the model)")
    parser.add_argument("--lesion-threshold", type=float,
                        help="probability that some voxel of a lesion must reach (default: that of the model)")
    parser.add_argument("--poses", type=int, metavar="N",
                        help="over how many poses of the head on the network's grid the mean is taken where there may "
                             "be a lesion; 1 is fastest (default: that of the model)")
    parser.add_argument("--region", default=USUAL.region, choices=REGIONS,
                        help="analyse only the surroundings of the carotid arteries, or the whole crop (default: the "
                             "crop only where it is uncertain where the arteries lie)")
    parser.add_argument("--min-volume", dest="min_volume_mm3", type=float, default=USUAL.min_volume_mm3, metavar="MM3",
                        help="drop lesions smaller than this (default: keep all)")
    parser.add_argument("--harmonise", default=USUAL.harmonise, choices=HARMONISE,
                        help="bring scans that are sharper than the reference conditions to them before anything "
                             "is measured, or take every scan as it is (default: auto)")
    parser.add_argument("--scores", default=USUAL.scores, metavar="FILE",
                        help="JSON file of limits and points by which visual scores are proposed (default: those of "
                             "icac/scores/rules.json)")


def seed(text: str) -> int:
    """Return the seed that a text says; argparse tells that it is none."""
    value = int(text)
    if value < 0:
        raise ValueError("a seed is not negative")
    return value


def add_series(parser: argparse._ActionsContainer) -> None:
    """Add what chooses among the series of a DICOM folder."""
    parser.add_argument("--series", default="",
                        help="which series of a DICOM folder: UID, number or description, or the UID of a study "
                             "(default: the best for ICAC, by a rule; 'icac series FOLDER' shows it)")
    parser.add_argument("--prefer", default="", metavar="WORDS",
                        help="what counts more than that rule: thin, thick, soft, sharp, or words of the description, "
                             "joined by commas")


def add_assumption(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """Add ``--assume-lps`` and ``--assume-ras``, which set ``assume``."""
    either = parser.add_mutually_exclusive_group()
    for axes, words in zip(AXES, ("left, back and head", "right, front and head"), strict=True):
        either.add_argument(f"--assume-{axes}", dest="assume", action="store_const", const=axes,
                            help=f"the voxel axes of files that do not tell run to the {words} of the patient "
                                 "(default: such files are refused)")


def settings_of(options: argparse.Namespace) -> Settings:
    """Return the settings that a command line chose; raises InputError or DeviceError if they cannot be."""
    return Settings(**settings_given(options))


def settings_given(options: argparse.Namespace) -> dict[str, Any]:
    """Return the value of each setting that the command line chose."""
    given = vars(options)
    return {field.name: given[field.name] for field in fields(Settings) if given.get(field.name) is not None}


def settings_arguments(settings: Settings) -> list[str]:
    """Return the arguments of a command line that choose these settings."""
    arguments = []
    for field in fields(Settings):
        value = getattr(settings, field.name)
        if field.name == "assume" and value:
            arguments += [f"--assume-{value}"]
        elif value != getattr(USUAL, field.name):
            arguments += [_OPTION.get(field.name, f"--{field.name.replace('_', '-')}"), str(value)]
    return arguments


def add_device(parser: argparse._ActionsContainer, words: str | None = None) -> None:
    """Add the choice of the computing device."""
    parser.add_argument("--device", default=USUAL.device, choices=DEVICES, help=words)


def add_dicom_segments(parser: argparse._ActionsContainer) -> None:
    """Add the choice of what makes a segment of a DICOM segmentation."""
    parser.add_argument("--dicom-segments", choices=DICOM_SEGMENTS,
                        help="a segment of the DICOM segmentation for each side, each lesion, or one for all "
                             f"(default: {DICOM_SEGMENTS[0]})")


def dicom_segments_of(options: argparse.Namespace) -> str:
    """Return what makes a segment of a DICOM segmentation, as the command line chose it."""
    return options.dicom_segments or DICOM_SEGMENTS[0]


def add_progress(parser: argparse._ActionsContainer, default: str = "bar") -> None:
    """Add the choice of the progress display."""
    parser.add_argument("--progress", default=default, choices=PROGRESS,
                        help="how to show progress (json: one object a line, for programs)")
