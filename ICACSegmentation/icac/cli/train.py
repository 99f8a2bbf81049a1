"""``icac train``: train a network on simulated heads or annotated scans."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from icac.cli.options import add_device, add_progress
from icac.errors import INTERRUPTED_EXIT_CODE, IcacError, InputError

if TYPE_CHECKING:
    from icac.progress import Progress
    from icac.training.settings.config import TrainingConfig


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "train", help="train a network on simulated heads or annotated scans",
        description="Train a network and leave a model package in RUN/model. Stopped at any moment, the same "
                    "command goes on where it was. With --folds every case of the manifest, whatever its split, is "
                    "predicted by a network that never saw its patient, and RUN/evaluation scores them together. "
                    "Needs: pip install 'icac[train]' (with --folds: 'icac[train,evaluate]').")
    parser.add_argument("config", metavar="CONFIG", help="'release', 'bortsova2017', or a JSON file with settings")
    parser.add_argument("-o", "--output", required=True, metavar="RUN", help="folder of the run")
    parser.add_argument("--folds", type=int, metavar="K", help="cross-validate by patient with K folds (3 or more)")
    parser.add_argument("--fold", metavar="I", help="only fold I (1 to K) of --folds, to share them among machines; "
                                                    "'all' runs what is left and scores (the default)")
    parser.add_argument("--devices", type=int, default=1, help="number of devices that train together")
    add_training_options(parser)


def add_training_options(parser: argparse.ArgumentParser) -> None:
    """Add what all commands that train share: data, length, settings, device."""
    parser.add_argument("--data", required=True, metavar="MANIFEST",
                        help="CSV file with the columns case, split, image, label, patient, or its folder")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float,
                        help="train (each network) for this long; the schedule is fitted into it")
    length.add_argument("--epochs", type=float, help="train (each network) for this many epochs")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", dest="overrides",
                        help="change a setting, such as sampling.batch=2 (may be repeated)")
    add_device(parser)
    parser.add_argument("--threads", type=int, help="CPU threads of the network (default: all)")
    add_progress(parser, "plain")


def prepare_training(options: argparse.Namespace, scored: bool = False) -> tuple[TrainingConfig, Progress]:
    """Read the settings, check that what training (and scoring) needs is installed, set the number of threads."""
    from icac.progress import make_progress
    from icac.training.settings.read import merge, parse_override, read_config

    overrides: dict = {}
    for text in options.overrides:
        overrides = merge(overrides, parse_override(text))
    for name in ("minutes", "epochs"):
        if getattr(options, name) is not None:
            overrides = merge(overrides, {name: getattr(options, name)})
    config = read_config(options.config, overrides)
    _require_extra("train", "lightning", "tensorboard")
    if scored:
        _require_extra("evaluate", "sklearn", "matplotlib")
    if options.threads:
        import torch
        torch.set_num_threads(options.threads)
    return config, make_progress(options.progress)


def run(options: argparse.Namespace) -> int:
    """Train."""
    if options.fold and not options.folds:
        raise InputError("--fold says which part of a cross-validation to run; give the number of folds with --folds.")
    config, progress = prepare_training(options, scored=options.folds is not None)
    if options.folds is not None:
        return _cross_validate(config, progress, options)
    from icac.training.train import train

    package = train(config, options.data, options.output, progress, device=options.device, devices=options.devices)
    return _stopped(options) if package is None else 0


def _cross_validate(config: TrainingConfig, progress: Progress, options: argparse.Namespace) -> int:
    from icac.progress import Part
    from icac.study.cross_validate import CrossValidation

    if options.devices != 1:
        raise InputError("Each fold trains on one device; share the folds among devices with --fold instead.")
    chosen = _chosen_folds(options)
    study = CrossValidation.of(config, options.data, options.folds, options.output, options.device)
    for number, fold in enumerate(chosen):
        part = Part(progress, number / len(chosen), (number + 1) / len(chosen), f"Fold {fold}: ")
        if not study.run_fold(fold, part):
            return _stopped(options)
    left = study.unfinished()
    if left:
        print(f"Folds still to be run: {', '.join(map(str, left))}; then --fold all scores all cases together.")
        return 0
    summary = study.score(progress)
    judged = sum(case.labelled for case in study.manifest.cases)
    print(f"All {judged} cases predicted out of fold; their evaluation is {summary}")
    return 0


def _chosen_folds(options: argparse.Namespace) -> list[int]:
    if options.fold in (None, "all"):
        return list(range(1, options.folds + 1))
    if not options.fold.isdigit():
        raise InputError(f"--fold is {options.fold!r}; give a number from 1 to {options.folds}, or all.")
    return [int(options.fold)]


def _stopped(options: argparse.Namespace) -> int:
    print(f"Stopped; the same command goes on with the run in {options.output}.")
    return INTERRUPTED_EXIT_CODE


def _require_extra(extra: str, *modules: str) -> None:
    from importlib.util import find_spec

    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise IcacError(f"The library {missing[0]} is missing: pip install 'icac[{extra}]'.")
