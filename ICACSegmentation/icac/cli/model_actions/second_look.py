"""``icac model second-look``: train the network that sees the carotids of a model again."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from icac.models import ModelPackage
    from icac.models.second_look import SecondLookWeights


def run_second_look(args: argparse.Namespace) -> int:
    """Train and write the package.

    Raises
    ------
    icac.errors.IcacError
        A case or the model cannot be read, the model does not look for the carotids, or nothing can be learnt.

    """
    from dataclasses import replace
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from icac.errors import InputError, ModelError
    from icac.files import refuse_overwriting
    from icac.inference import load_engine
    from icac.models import find_model, save_package
    from icac.progress import make_progress
    from icac.report import check_writable
    from icac.splits import TRAIN
    from icac.training.second_look.straight_cases import StraightCase, straight_cases
    from icac.training.second_look.train import SecondLookSettings, train_second_look, with_second_look
    from icac.trainingset.manifest import read_manifest
    from icac.trainingset.prepare import prepare_cases

    output = Path(args.output)
    check_writable(output, names=())
    package, progress = find_model(args.name), make_progress(args.progress)
    refuse_overwriting((package.folder,), (output,))
    if not package.spec.architecture.artery:
        raise ModelError(f"'{package.spec.name}' does not look for the carotids, so they cannot be drawn out straight.")
    if args.go_on and not package.second_look:
        raise ModelError(f"'{package.spec.name}' has no second look to go on from: leave --go-on away.")
    try:
        settings = SecondLookSettings(args.minutes, width=args.width, seed=args.seed)
    except ValueError as error:
        raise InputError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    manifest = read_manifest(Path(args.data), splits=False)
    rows = manifest.of_split(TRAIN) or manifest.cases
    engine, cases = load_engine(replace(package, second_look=None), device="cpu"), list[StraightCase]()
    with TemporaryDirectory(prefix="icac-") as temporary:
        for number, path in enumerate(prepare_cases(rows, Path(args.cache or temporary), progress)):
            progress.update("drawing carotids straight", number / len(rows), path.name)
            cases += straight_cases(path, package, engine)
    data = f"{len(rows)} cases ({len(cases)} carotids that were found)"

    def save(weights: SecondLookWeights) -> ModelPackage:
        state = package.load_state()
        return save_package(output, with_second_look(package, weights, data), state, package.gate, weights)

    weights = train_second_look(cases, settings, progress, package.second_look if args.go_on else None, save)
    print(f"Learnt from {len(cases)} carotids of {len(rows)} cases.")
    print(f"Model package in {save(weights).folder}; calibrate it before use (icac calibrate).")
    return 0
