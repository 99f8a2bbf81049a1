"""``icac model``: list, look into, describe, average, join, gate, look again, import and export models."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from icac.cli.model_actions.second_look import run_second_look
from icac.cli.options import add_device, add_progress
from icac.network import Architecture, FcnConfig, build_network, read_architecture
from icac.network.bortsova2017.choices import DROPOUT_PLACES
from icac.network.interface.architecture import SUPERVISIONS
from icac.network.kinds import KINDS
from icac.text import one_line

if TYPE_CHECKING:
    from icac.models import ModelPackage


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the parser of the command line."""
    parser = subparsers.add_parser("model",
                                   help="list, look into, describe, average, join, gate, look again, import and export "
                                        "models",
                                   description="Models are folders with model.json and weights.safetensors, with "
                                               "gate.json if they warn of scans that are unlike those they know, and "
                                               "with second_look.safetensors if they see the carotids again.")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="list the models at hand")
    info = actions.add_parser("info", help="print everything that is known about a model")
    info.add_argument("name", nargs="?", help="name or folder of the model (the default model if omitted)")
    info.add_argument("--json", action="store_true", help="print it as JSON")
    card = actions.add_parser("card", help="print the model card: what a model is, learnt from and reaches (Markdown)")
    card.add_argument("name", nargs="?", help="name or folder of the model (the default model if omitted)")
    _add_describe(actions)
    mean = actions.add_parser("average", help="write the mean of models that were trained on from the same weights",
                              description="Write the mean of models that were trained on from the same weights; it "
                                          "often errs less than each of them. Calibrate it before use.")
    mean.add_argument("names", nargs="+", metavar="MODEL", help="names or folders of models; the last gives the name")
    mean.add_argument("-o", "--output", required=True, metavar="FOLDER", help="folder for the mean")
    _add_gate(actions)
    _add_second_look(actions)
    several = actions.add_parser("ensemble", help="write several models as one, which gives their mean probability",
                                 description="Write models of any kinds (folds, architectures) as one package, which "
                                             "gives the mean of their probabilities. Temperatures, priors and "
                                             "thresholds of the models are not used: calibrate it before use.")
    several.add_argument("names", nargs="+", metavar="MODEL", help="names or folders of models")
    several.add_argument("-o", "--output", required=True, metavar="FOLDER", help="folder for the ensemble")
    several.add_argument("--name", help="name of the ensemble (default: that of the last model, and -ensemble)")
    several.add_argument("--mirrored", action="store_true",
                         help="each model also sees the head with left and right swapped; twice the time")
    bring = actions.add_parser("import", help="check a model and copy it to your models")
    bring.add_argument("path", help="folder or .zip file of the model")
    bring.add_argument("--replace", action="store_true", help="replace your model of the same name")
    take = actions.add_parser("export", help="write a model as a .zip file")
    take.add_argument("name", help="name or folder of the model")
    take.add_argument("path", help=".zip file to write")


def _add_gate(actions: argparse._SubParsersAction) -> None:
    parser = actions.add_parser(
        "gate", help="let a model warn of scans that are unlike those it knows",
        description="Look at usual scans through the network of a model, and write the model with a gate: from then on "
                    "it warns of scans that are unlike them. Nothing else that it finds changes.")
    parser.add_argument("name", nargs="?", help="name or folder of the model (the default model if omitted)")
    parser.add_argument("--data", nargs="+", required=True, metavar="PATH",
                        help="usual scans: manifests of training cases or folders with one, folders of scans, or "
                             "tables with the column 'path'")
    parser.add_argument("-o", "--output", required=True, metavar="FOLDER",
                        help="folder for the model with its gate; may be its own")
    parser.add_argument("--false-alarms", type=float, default=0.01, metavar="SHARE",
                        help="share of usual scans that may be warned of (%(default)s)")
    parser.add_argument("--most", type=int, metavar="N", help="take so many scans at most, drawn at random")
    parser.add_argument("--cache", metavar="FOLDER",
                        help="keep annotated scans here as they are prepared (default: not kept)")
    add_device(parser)
    add_progress(parser)


def _add_second_look(actions: argparse._SubParsersAction) -> None:
    parser = actions.add_parser(
        "second-look", help="let a model see each carotid again, drawn out straight",
        description="Train a small network that sees each carotid drawn out straight, once the model has found it, and "
                    "write the model with it. It learns where the model errs, best from cases that the model has not "
                    "learnt from. Calibrate the model before use (icac calibrate).")
    parser.add_argument("name", nargs="?", help="name or folder of the model (the default model if omitted)")
    parser.add_argument("--data", required=True, metavar="MANIFEST", help="cases to learn from: the split 'train', or "
                                                                         "all of a manifest without splits")
    parser.add_argument("-o", "--output", required=True, metavar="FOLDER", help="folder for the model")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long it learns (%(default)g)")
    parser.add_argument("--width", type=int, default=12,
                        help="features of the finest level of a new one (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of what is drawn at random (%(default)s)")
    parser.add_argument("--go-on", action="store_true", help="go on from the second look that the model has")
    parser.add_argument("--cache", metavar="FOLDER",
                        help="keep annotated scans here as they are prepared (default: not kept)")
    add_progress(parser)


def _add_describe(actions: argparse._SubParsersAction) -> None:
    parser = actions.add_parser("describe", help="print the layers of a network",
                                description="Print the layers of the network of a model, or of the network that "
                                            "the options make.")
    parser.add_argument("name", nargs="?", help="name or folder of a model; without it the options count")
    parser.add_argument("--kind", choices=tuple(KINDS), default=FcnConfig.kind, metavar="KIND",
                        help=f"kind of network: {', '.join(KINDS)} (%(default)s); the options below are of that one")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", dest="choices",
                        help="a choice of the kind, such as levels=4 (may be repeated)")
    parser.add_argument("--gradient", action="store_true",
                        help="also measure the receptive field by the gradient of an output voxel (V-Net: minutes)")
    usual = FcnConfig()
    parser.add_argument("--width", type=int, default=usual.width, help="features at full resolution (%(default)s)")
    parser.add_argument("--plain", action="store_true", help="without residual shortcuts")
    parser.add_argument("--dropout", choices=DROPOUT_PLACES,
                        help=f"where blocks 4 to 8 drop values ({usual.dropout}; none in plain networks)")
    parser.add_argument("--no-deep-supervision", action="store_true", help="without auxiliary heads")
    parser.add_argument("--supervision", choices=SUPERVISIONS, default=usual.supervision,
                        help="voxels to train on (%(default)s)")


def run(args: argparse.Namespace) -> int:
    """Carry out the command; return the exit code.

    Raises
    ------
    icac.errors.ModelError, icac.errors.OutputError
        If a model is missing or damaged, or cannot be written.

    """
    actions = {"list": _list, "info": _info, "card": _card, "describe": _describe, "average": _average,
               "ensemble": _ensemble, "gate": _gate, "second-look": run_second_look, "import": _import,
               "export": _export}
    return actions[args.action](args)


def _list(args: argparse.Namespace) -> int:
    from icac.errors import ModelError
    from icac.models import ModelPackage, available, user_folder
    from icac.models.store import default_name

    models = available()
    for model in models:
        place = "bundled" if model.bundled else "imported"
        mark = " (default)" if model.bundled and model.name == default_name() else ""
        try:
            spec = ModelPackage.load(model.folder).spec
            print(one_line(f"{model.name} {spec.version}, {place}{mark}: {spec.description}"))
            if spec.notice:
                print(f"    {one_line(spec.notice)}")
        except ModelError as error:
            print(f"{model.name}, {place}{mark}: {error}")
    if not models:
        print("No models at hand.")
    print(f"Your own models lie in {user_folder()}")
    return 0


def _info(args: argparse.Namespace) -> int:
    from icac.models import find_model

    package = find_model(args.name)
    content = package.spec.to_dict()
    if package.gate:
        content["gate"] = {name: value for name, value in package.gate.to_dict().items()
                           if name not in ("mean", "covariance", "weights_sha256")}
    if args.json:
        print(json.dumps(content, indent=2, ensure_ascii=False))
        return 0
    rows = {"folder": str(package.folder), **content}
    for key, value in rows.items():
        if isinstance(value, dict):
            print(f"{key}:")
            for name, part in value.items():
                print(f"    {one_line(f'{name}: {part}')}")
        else:
            print(one_line(f"{key}: {value}"))
    return 0


def _card(args: argparse.Namespace) -> int:
    from icac.models import find_model
    from icac.models.card import model_card

    print(model_card(find_model(args.name).spec), end="")
    return 0


def _describe(args: argparse.Namespace) -> int:
    from icac.errors import ModelError
    from icac.models import find_model

    try:
        config = find_model(args.name).spec.architecture if args.name else _chosen(args)
    except ValueError as error:
        raise ModelError(str(error)) from error
    print(config.describe())
    if args.gradient:
        from icac.network.interface.field import measured_field
        from icac.network.interface.table import by

        print(f"By gradient      {by(measured_field(build_network(config)))}")
    return 0


def _chosen(args: argparse.Namespace) -> Architecture:
    """Return the network of the options."""
    from icac.training.settings.read import parse_override

    choices: dict[str, Any] = {"kind": args.kind}
    if args.kind == FcnConfig.kind:
        dropout = args.dropout or ("none" if args.plain else FcnConfig().dropout)
        choices |= {"width": args.width, "residual": not args.plain, "dropout": dropout,
                    "deep_supervision": not args.no_deep_supervision, "supervision": args.supervision}
    for text in args.choices:
        choices |= parse_override(text)
    return read_architecture(choices)


def _found_apart(args: argparse.Namespace) -> list[ModelPackage]:
    """Return the models that were named; none of them may be where their successor goes."""
    from pathlib import Path

    from icac.files import refuse_overwriting
    from icac.models import find_model

    found = [find_model(name) for name in args.names]
    refuse_overwriting((package.folder for package in found), (Path(args.output),))
    return found


def _average(args: argparse.Namespace) -> int:
    from icac.models.average import average_models

    package = average_models(_found_apart(args), args.output)
    print(f"Wrote the mean of {len(args.names)} models to {package.folder}; calibrate it before use (icac calibrate).")
    return 0


def _gate(args: argparse.Namespace) -> int:
    from pathlib import Path

    from icac.cli.model_actions.usual_scans import look_at
    from icac.models import find_model, save_gate
    from icac.ood.fit import fit_gate
    from icac.progress import make_progress
    from icac.report import check_writable

    check_writable(args.output, names=())
    package = find_model(args.name)
    seen = look_at(args.data, package, args.device, args.false_alarms, args.most,
                   Path(args.cache) if args.cache else None, make_progress(args.progress))
    gate = fit_gate(seen.features, seen.patients, package.spec.stored.sha256, seen.described, args.false_alarms)
    saved = save_gate(args.output, package, gate)
    print(f"Looked at {gate.scans} usual scans of {gate.patients} people; {gate.false_alarms:.1%} of such scans lie "
          f"farther than {gate.limit:.2f} from them and will be warned of.")
    print(f"Model package in {saved.folder}")
    return 0


def _ensemble(args: argparse.Namespace) -> int:
    from icac.models.ensemble import ensemble_models

    package = ensemble_models(_found_apart(args), args.output, args.name or "", args.mirrored)
    print(f"Wrote the ensemble '{package.spec.name}' of {len(args.names)} models to {package.folder}; calibrate it "
          "before use (icac calibrate).")
    return 0


def _import(args: argparse.Namespace) -> int:
    from icac.models import import_model

    package = import_model(args.path, args.replace)
    print(f"Imported model '{package.spec.name}' {package.spec.version} to {package.folder}")
    return 0


def _export(args: argparse.Namespace) -> int:
    from icac.models import export_model

    print(f"Wrote {export_model(args.name, args.path)}")
    return 0
