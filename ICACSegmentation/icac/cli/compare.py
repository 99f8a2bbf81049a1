"""``icac compare``: a prediction against a region that an observer drew, on one scan."""

from __future__ import annotations

import argparse

from icac.cli.options import add_assumption


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "compare", help="compare a prediction with a drawn region on one scan",
        description="Compare the predicted ICAC of one scan with what an observer drew: volumes, Dice, sensitivity, "
                    "PPV, and which lesions were missed or are false. Of the drawn region counts what is at least "
                    "130 HU. Sides are told if report.json of 'icac segment' lies beside the prediction. For many "
                    "scans use 'icac evaluate'.")
    parser.add_argument("--ct", required=True, metavar="CT", help="DICOM folder or file, NIfTI, NRRD or MetaImage")
    parser.add_argument("--predicted", required=True, metavar="MASK",
                        help="folder of results of 'icac segment', or a mask (NIfTI, NRRD, .seg.nrrd) on the voxels of "
                             "the CT")
    parser.add_argument("--manual", required=True, metavar="MASK", help="drawn region (NIfTI, NRRD, .seg.nrrd)")
    parser.add_argument("--manual-segment", metavar="NAME",
                        help="which segment of the drawn .seg.nrrd (default: all together)")
    parser.add_argument("--series", help="which series of a DICOM folder (UID, number or description)")
    add_assumption(parser)
    parser.add_argument("-o", "--output", metavar="FOLDER",
                        help="also write agreement.json, lesions_compared.csv and agreement.seg.nrrd")


def run(options: argparse.Namespace) -> int:
    """Compare, print and, if asked, write."""
    from icac.compare import compare
    from icac.compare.inputs import read_compared
    from icac.compare.output import WRITTEN, agreement_text, write_agreement
    from icac.report import check_writable

    if options.output:
        check_writable(options.output, (options.ct, options.predicted, options.manual), WRITTEN)
    case = read_compared(options.ct, options.predicted, options.manual, series=options.series,
                         segment=options.manual_segment, assume=options.assume)
    agreement = compare(case.ct.frame, case.predicted, case.manual, case.courses)
    print(agreement_text(agreement))
    for note in case.notes:
        print(f"Note: {note}")
    if options.output:
        files = write_agreement(options.output, agreement, case.ct, case.notes)
        print(f"\nResults in {options.output}: {', '.join(path.name for path in files.values())}")
    return 0
