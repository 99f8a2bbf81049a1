"""``icac explain``: why a lesion of a result was called one."""

from __future__ import annotations

import argparse

from icac.cli.options import add_device, add_progress


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "explain", help="show why a lesion was called one",
        description="Show which voxels of the scan spoke for a lesion of a result, and which against it (integrated "
                    "gradients): a map on the voxels of the scan, a picture, and the figures as JSON. It shows what "
                    "the network looked at, not whether it is right.")
    parser.add_argument("result", metavar="RESULT", help="folder of results of 'icac segment'")
    parser.add_argument("--lesion", type=int, required=True, metavar="N", help="number of the lesion in lesions.csv")
    parser.add_argument("-o", "--output", metavar="FOLDER", help="folder for the files (default: that of the result)")
    parser.add_argument("--ct", metavar="SCAN", help="the scan, where it is not where the report says")
    parser.add_argument("--model", default="", help="name of an installed model or folder of a model package, if it is "
                                                    "not found by its name")
    parser.add_argument("--check", action="store_true", help="also delete the voxels that are named first, and as many "
                                                             "random ones, and tell how far the score falls")
    add_device(parser)
    add_progress(parser)


def run(options: argparse.Namespace) -> int:
    """Explain, write and print."""
    from pathlib import Path

    from icac.attribution import explain
    from icac.attribution.output import attribution_text, names_of, write_attribution
    from icac.progress import make_progress
    from icac.report import check_writable

    result = Path(options.result)
    folder = Path(options.output) if options.output else result if result.is_dir() else result.parent
    check_writable(folder, (options.ct,), names_of(options.lesion))
    progress = make_progress(options.progress)
    explained = explain(result, options.lesion, ct=options.ct, model=options.model, device=options.device,
                        check=options.check, progress=progress)
    files = write_attribution(folder, explained)
    progress.update("Done", 1.0, f"lesion {options.lesion}")
    if options.progress != "json":
        print(attribution_text(explained))
        print(f"\nResults in {folder}: {', '.join(path.name for path in files.values())}")
    return 0
