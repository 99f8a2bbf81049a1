"""``icac train``: train a network on simulated heads or annotated scans."""

from __future__ import annotations

import argparse

from icac.errors import INTERRUPTED_EXIT_CODE, IcacError


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "train", help="train a network on simulated heads or annotated scans",
        description="Train a network and leave a model package in RUN/model. Stopped at any moment, the same "
                    "command goes on where it was. Needs: pip install 'icac[train]'.")
    parser.add_argument("config", metavar="CONFIG", help="'release', 'bortsova2017', or a JSON file with settings")
    parser.add_argument("--data", required=True, metavar="MANIFEST",
                        help="CSV file with the columns case, split, image, label, patient, or its folder")
    parser.add_argument("-o", "--output", required=True, metavar="RUN", help="folder of the run")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, help="train for this long; the schedule is fitted into it")
    length.add_argument("--epochs", type=float, help="train for this many epochs")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", dest="overrides",
                        help="change a setting, such as sampling.batch=2 (may be repeated)")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda", "mps"))
    parser.add_argument("--devices", type=int, default=1, help="number of devices that train together")
    parser.add_argument("--threads", type=int, help="CPU threads of the network (default: all)")
    parser.add_argument("--progress", default="plain", choices=("bar", "plain", "json", "none"))


def run(options: argparse.Namespace) -> int:
    """Train."""
    from icac.progress import make_progress
    from icac.training.settings import merge, parse_override, read_config

    overrides: dict = {}
    for text in options.overrides:
        overrides = merge(overrides, parse_override(text))
    for name in ("minutes", "epochs"):
        if getattr(options, name) is not None:
            overrides = merge(overrides, {name: getattr(options, name)})
    config = read_config(options.config, overrides)
    _require_extra()
    if options.threads:
        import torch
        torch.set_num_threads(options.threads)
    from icac.training.train import train

    package = train(config, options.data, options.output, make_progress(options.progress), device=options.device,
                    devices=options.devices)
    if package is None:
        print(f"Stopped; the same command goes on with the run in {options.output}.")
        return INTERRUPTED_EXIT_CODE
    return 0


def _require_extra() -> None:
    from importlib.util import find_spec

    if find_spec("lightning") is None or find_spec("tensorboard") is None:
        raise IcacError("Training needs Lightning Fabric and TensorBoard: pip install 'icac[train]'.")
