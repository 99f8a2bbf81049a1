"""``icac calibrate``: fit temperature, course prior and thresholds of a model on validation cases."""

from __future__ import annotations

import argparse

from icac.cli.options import add_device, add_progress


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "calibrate", help="fit temperature, course prior and thresholds of a model",
        description="Fit, on the validation cases of a manifest (simulated heads or annotated scans), the temperature "
                    "of a model, the prior by distance from the carotid course and the thresholds, and write the "
                    "calibrated package.")
    add_model_and_cases(parser)
    parser.add_argument("-o", "--output", required=True, metavar="FOLDER", help="folder of the calibrated package")
    parser.add_argument("--poses", type=int, default=4, metavar="N",
                        help="over how many poses of the head the model takes the mean where there may be a lesion; "
                             "the thresholds are fitted for these (default: %(default)s)")
    add_progress(parser)


def add_model_and_cases(parser: argparse.ArgumentParser) -> None:
    """Add what commands that run a model on the cases of a manifest share: model, data, cache, device."""
    parser.add_argument("model", metavar="MODEL", help="name of an installed model or folder of a model package")
    parser.add_argument("--data", required=True, metavar="MANIFEST", help="CSV file as for 'icac train', or its folder")
    parser.add_argument("--cache", metavar="FOLDER", help="keep annotated scans here as they are prepared, such as the "
                                                          "folder RUN/cases of 'icac train' (default: not kept)")
    add_device(parser)


def run(options: argparse.Namespace) -> int:
    """Calibrate and write the package."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from safetensors.torch import load_file

    from icac.inference import choose_device
    from icac.models import find_model, save_package
    from icac.models.contents import WEIGHTS_FILE
    from icac.progress import make_progress
    from icac.splits import VALIDATION
    from icac.training.calibration.calibrate import calibrate
    from icac.trainingset.manifest import read_manifest
    from icac.trainingset.prepare import prepare_cases

    package, progress = find_model(options.model), make_progress(options.progress)
    cases = read_manifest(Path(options.data)).of_split(VALIDATION)
    with TemporaryDirectory(prefix="icac-") as temporary:
        paths = prepare_cases(cases, Path(options.cache or temporary), progress)
        spec = calibrate(package, paths, choose_device(options.device), progress, options.poses)
    save_package(Path(options.output), spec, load_file(package.folder / WEIGHTS_FILE), package.gate,
                 package.second_look)
    found = spec.metrics["calibration"]
    print(f"Temperature {spec.temperature:.2f}, threshold {spec.threshold:.3f}; pooled over {found['cases']} cases: "
          f"Dice {found['dice']:.3f}, sensitivity {found['sensitivity']:.3f}, PPV {found['ppv']:.3f}")
    print(f"A lesion has a voxel of at least {spec.lesion_threshold:g}: {found['false_lesions']:.2f} false lesions a "
          f"case, F1 score of lesions {found['lesion_f1']:.3f}")
    print(f"Model package in {options.output}")
    return 0
