"""``icac segment``: from a CT to volumes, a mask and a picture."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from icac.cli.orientation import add_assumption

if TYPE_CHECKING:
    from icac.pipeline import Result


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a run, which ``icac demo`` shares."""
    parser.add_argument("-o", "--output", required=True, metavar="FOLDER", help="folder for the results")
    parser.add_argument("--model", help="name of an installed model or folder of a model package")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda", "mps"),
                        help="computing device (default: the best there is; the choice is shown)")
    parser.add_argument("--engine", default="auto", choices=("auto", "openvino", "torch"),
                        help="what runs the network (default: OpenVINO on the CPU where it is installed, else PyTorch)")
    parser.add_argument("--threshold", type=float,
                        help="probability above which a voxel is ICAC (default: that of the model)")
    parser.add_argument("--region", default="auto", choices=("auto", "carotid", "crop"),
                        help="analyse only the surroundings of the carotid arteries, or the whole crop (default: the "
                             "crop only where it is uncertain where the arteries lie)")
    parser.add_argument("--min-volume", type=float, default=0.0, metavar="MM3",
                        help="drop lesions smaller than this (default: keep all)")
    parser.add_argument("--harmonise", default="auto", choices=("auto", "off"),
                        help="bring scans that are sharper than the reference conditions to them before anything "
                             "is measured, or take every scan as it is (default: auto)")
    parser.add_argument("--save-probability", action="store_true", help="also write the probability map")
    parser.add_argument("--hide-names", action="store_true",
                        help="leave names of files and folders and descriptions of study and series, which can carry "
                             "a patient's name, out of the results")
    parser.add_argument("--progress", default="bar", choices=("bar", "plain", "json", "none"),
                        help="how to show progress (json: one object a line, for programs)")


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "segment", help="segment the ICAC of one head CT",
        description="Segment the ICAC of one non-contrast head CT and write icac.nii.gz, icac.seg.nrrd, lesions.csv, "
                    "report.json and overview.png.")
    parser.add_argument("input", metavar="INPUT", help="DICOM folder or file, NIfTI, NRRD or MetaImage")
    parser.add_argument("--series", help="which series of a DICOM folder (UID, number or description)")
    add_assumption(parser)
    add_run_options(parser)


def run(options: argparse.Namespace) -> int:
    """Segment and write the results."""
    segment_and_save(options.input, options, series=options.series, assume=options.assume)
    return 0


def segment_and_save(path: str, options: argparse.Namespace, series: str | None = None, assume: str | None = None
                     ) -> Result:
    """Segment one scan with the options of the command line, write and print the results."""
    from icac.pipeline import segment
    from icac.progress import make_progress
    from icac.report import check_writable

    check_writable(options.output, (path,))
    progress = make_progress(options.progress)
    result = segment(path, model=options.model, device=options.device, engine=options.engine,
                     series=series, threshold=options.threshold,
                     region=options.region, min_volume_mm3=options.min_volume, harmonise=options.harmonise,
                     assume=assume, progress=progress)
    files = result.save(options.output, save_probability=options.save_probability,
                        hide_names=options.hide_names)
    if options.progress != "json":
        print(summary(result))
        print(f"\nResults in {next(iter(files.values())).parent}: {', '.join(f.name for f in files.values())}")
    return result


def summary(result: Result) -> str:
    """Return the figures of a run as a few lines of text."""
    from icac.anatomy import Side
    from icac.report.courses import courses_record, courses_statement

    content = result.content
    total = content.burden.total
    lines = [f"ICAC volume    {total.volume_mm3:9.1f} mm3   (expected {total.expected_volume_mm3:.1f} mm3)"]
    for side in Side:
        amount = content.burden.by_side[side]
        lines.append(f"  {side.value:<12} {amount.volume_mm3:9.1f} mm3   {amount.lesions} lesions")
    lines.append(f"Agatston-type  {total.agatston:9.1f}")
    lines.append(f"Model {content.model.name} {content.model.version} on {content.device} by {content.engine}, "
                 f"threshold {content.threshold:.2f}, {sum(content.seconds.values()):.1f} s")
    measured = content.measured
    lines.append(measured.harmonisation.statement)
    courses = courses_statement(courses_record(content))
    lines += [courses] if courses else []
    if measured.rejected_lesions:
        lines.append(f"Not called ICAC: {measured.rejected_lesions} lesions ({measured.rejected_mm3:.1f} mm3) that "
                     "do not stand out from the noise")
    lines += [f"Corrected: {text}" for text in content.scan.corrections]
    lines += [f"Warning: {text}" for text in content.warnings]
    lines.append(f"Note: {content.model.full_notice}")
    return "\n".join(lines)
