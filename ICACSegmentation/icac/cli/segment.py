"""``icac segment``: from a CT to volumes, a mask and a picture."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from icac.cli.lean import run_lean
from icac.cli.norms import add_person, norms_of, print_rank, rank_of
from icac.cli.options import (
    add_assumption,
    add_dicom_segments,
    add_progress,
    add_series,
    add_settings,
    dicom_segments_of,
    settings_of,
)

if TYPE_CHECKING:
    from icac.norms import Norms, Rank
    from icac.result import SegmentedScan


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a run, which ``icac demo`` shares."""
    parser.add_argument("-o", "--output", required=True, metavar="FOLDER", help="folder for the results")
    add_settings(parser)
    parser.add_argument("--save-probability", action="store_true", help="also write the probability map")
    parser.add_argument("--lesion-pictures", action="store_true",
                        help="also draw a key picture of each lesion: its slice, and the plane along the artery")
    parser.add_argument("--hide-names", action="store_true",
                        help="leave names of files and folders and descriptions of study and series, which can carry "
                             "a patient's name, out of the results")
    add_progress(parser)


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "segment", help="segment the ICAC of one head CT",
        description="Segment the ICAC of one non-contrast head CT and write icac.nii.gz, icac.seg.nrrd, lesions.csv, "
                    "report.json and overview.png.")
    parser.add_argument("input", metavar="INPUT", help="DICOM folder or file, NIfTI, NRRD or MetaImage")
    add_series(parser)
    add_assumption(parser)
    add_person(parser)
    add_run_options(parser)
    parser.add_argument("--dicom-out", nargs="?", const="", metavar="FOLDER",
                        help="also write the results as DICOM, to be sent to an archive: segmentation (SEG), "
                             "structured report (SR) and pictures (needs icac[dicom]; default: in the folder dicom "
                             "of the results)")
    add_dicom_segments(parser)


def run(options: argparse.Namespace) -> int:
    """Segment and write the results."""
    run_lean()
    segment_and_save(options.input, options)
    return 0


def segment_and_save(path: str, options: argparse.Namespace) -> SegmentedScan:
    """Segment one scan with the options of the command line, write and print the results."""
    from icac.ready import begin

    settings = settings_of(options)
    ready = begin(settings)  # beside the imports
    from icac.inference import forget_shared_engine
    from icac.pipeline import segment_file
    from icac.progress import make_progress
    from icac.report import check_writable, write_results
    from icac.report.dicom import refuse_impossible, write_dicom_folder

    norms = norms_of(options)
    dicom = getattr(options, "dicom_out", None)  # the scan of the demo is no DICOM
    each = dicom_segments_of(options) if dicom is not None else ""
    check_writable(options.output, (path, getattr(options, "norms", None)))
    if each:
        refuse_impossible(Path(path), options.hide_names)
        check_writable(dicom or options.output)
    result = segment_file(path, settings, progress=make_progress(options.progress), ready=ready)
    del ready  # which holds the engine
    forget_shared_engine()
    rank, reason = _placed(norms, path, result, options)
    files = write_results(options.output, result, save_probability=options.save_probability,
                          hide_names=options.hide_names, lesion_pictures=options.lesion_pictures,
                          dicom="" if dicom else each, norms=rank.record() if rank else None)
    sent = write_dicom_folder(dicom, result, each) if dicom else {}
    if options.progress != "json":
        print(summary(result))
        if norms is not None:
            print_rank(rank, reason)
        _print_files(Path(options.output), files.values())
        _print_files(Path(dicom or ""), sent.values())
    return result


def _print_files(folder: Path, files: Iterable[Path]) -> None:
    if names := ", ".join(str(file.relative_to(folder)) for file in files):
        print(f"\nResults in {folder}: {names}")


def _placed(norms: Norms | None, path: str, result: SegmentedScan,
            options: argparse.Namespace) -> tuple[Rank | None, str]:
    """Return where the result lies among norms, or why that cannot be said: the measurement stands without it."""
    from icac.errors import InputError

    try:
        return (rank_of(norms, path, result, options), "") if norms else (None, "")
    except InputError as error:
        return None, str(error)


def summary(result: SegmentedScan) -> str:
    """Return the figures of a run as a few lines of text."""
    from icac.anatomy import Side
    from icac.report.courses import courses_record, courses_statement
    from icac.report.forms import form_statement
    from icac.report.record import proposed_scores
    from icac.scores.propose import scores_statement

    total = result.burden.total
    lines = [f"ICAC volume    {total.volume_mm3:9.1f} mm3   (expected {total.expected_volume_mm3:.1f} mm3)"]
    for side in Side:
        amount = result.burden.by_side[side]
        lines.append(f"  {side.value:<12} {amount.volume_mm3:9.1f} mm3   {amount.lesions} lesions"
                     f"{form_statement([le for le in result.lesions if le.side is side])}")
    lines.append(f"Agatston-type  {total.agatston:9.1f}")
    lines.append(scores_statement(proposed_scores(result)))
    lines.append(f"Model {result.model.name} {result.model.version} on {result.device} by {result.engine}, "
                 f"threshold {result.threshold:.2f}, {sum(result.seconds.values()):.1f} s")
    measured = result.measured
    lines.append(measured.harmonisation.statement)
    courses = courses_statement(courses_record(result))
    lines += [courses] if courses else []
    if measured.rejected_lesions:
        lines.append(f"Not called ICAC: {measured.rejected_lesions} lesions ({measured.rejected_mm3:.1f} mm3) that "
                     "do not stand out from the noise")
    lines += [result.scan.choice.statement] if result.scan.choice else []
    lines += [f"Corrected: {text}" for text in result.scan.corrections]
    lines += [f"Warning: {text}" for text in result.warnings]
    lines.append(f"Note: {result.model.full_notice}")
    return "\n".join(lines)
