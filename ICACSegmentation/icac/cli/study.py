"""``icac study``: experiments of several trainings."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

from icac.cli.calibrate import add_model_and_cases
from icac.cli.options import add_progress
from icac.cli.train import add_training_options, prepare_training
from icac.errors import INTERRUPTED_EXIT_CODE
from icac.study.methods.rows import ARCHITECTURES, LOSSES, methods_of

if TYPE_CHECKING:
    from icac.inference import Device
    from icac.models import ModelPackage
    from icac.progress import Progress
    from icac.trainingset.manifest import Manifest


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "study", help="repeat published experiments, compare methods and runs, find hard cases",
        description="Experiments on one set of cases, and what they make of it.")
    studies = parser.add_subparsers(dest="study", required=True, metavar="STUDY")
    _add_trainings(studies)
    _add_difference(studies)
    _add_training_cases(studies)


def _add_trainings(studies: argparse._SubParsersAction) -> None:
    ablation = _add_study(
        studies, "ablation", "the tables of Bortsova et al. 2017",
        "Train the networks of tables 1 and 2 of Bortsova et al. 2017 on the same cases, each with the same budget and "
        "the same patches, score them on the test split, and print them beside the published ones with paired tests.",
        config="bortsova2017", of_config="; its schedule is in epochs, 'release' fits any length")
    ablation.add_argument("--table", type=int, choices=(1, 2), help="only one of the tables (default: both)")
    ablation.add_argument("--no-figures", action="store_true", help="write tables only")
    _add_folds(ablation)
    methods = _add_study(
        studies, "methods", "architectures and losses, and the ensemble of the best",
        "Train networks of several kinds with several losses on the same cases, each with the same budget and the same "
        "patches, score them on the test split, and write one table of figures with paired tests, and one of volume "
        "and calibration; then the same of the ensemble of the best. Without --architectures, --losses and --methods "
        "every architecture is trained by the usual loss, and the usual architecture by every loss.",
        needs=", and icac[methods] for unet, vnet and dynunet")
    methods.add_argument("--architectures", default="", metavar="A,B", help=f"of {', '.join(ARCHITECTURES)}")
    methods.add_argument("--losses", default="", metavar="A,B", help=f"of {', '.join(LOSSES)}")
    methods.add_argument("--methods", default="", metavar="A,B",
                         help="single ones by architecture and loss, as unet_focal; besides the others, if any")
    methods.add_argument("--best", type=int, metavar="N",
                         help="so many, by Dice on the validation split, make the ensemble (3; 0 for none)")
    _add_folds(methods)
    unlabelled = _add_study(
        studies, "unlabelled", "what cases without a mask are worth",
        "Train a network on the cases of few patients with masks; on these and all others without their masks, by a "
        "mean teacher and by pseudo-labels; and on all with masks: each with as many steps. Score them on the test "
        "split, and write one table of figures with paired tests against the first. Cases without a mask ('none' in "
        "the column 'drawn') are always taken without.")
    unlabelled.add_argument("--labelled", type=int, metavar="N",
                            help="take the masks of so many patients only (default: of all that have one)")


def _add_study(studies: argparse._SubParsersAction, name: str, words: str, description: str, config: str = "release",
               of_config: str = "", needs: str = "") -> argparse.ArgumentParser:
    """Add a study whose rows are trained, with what all of these can be told."""
    parser = studies.add_parser(name, help=words, description=(
        f"{description} Stopped at any moment, the same command goes on where it was; finished rows are kept. Needs: "
        f"pip install \"icac[train,evaluate]\"{needs}."))
    parser.add_argument("--config", default=config, metavar="CONFIG",
                        help=f"settings of every row: a preset or a JSON file (default: %(default)s{of_config})")
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="folder of the study")
    add_training_options(parser)
    return parser


def _add_folds(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folds", type=int, metavar="K",
                        help="cross-validate every row by patient with K folds (3 or more) of all but the test cases, "
                             "and tell how much less it finds in these")


def _add_difference(studies: argparse._SubParsersAction) -> None:
    difference = studies.add_parser(
        "difference", help="how much two runs on the same scans differ: engines, releases, models",
        description="Compare the volumes of two folders of results of the same scans, by side and in all, with bias "
                    "and limits of agreement in mm3. No truth is needed.")
    difference.add_argument("first", metavar="THIS", help="folder with one labelmap or folder of results a case")
    difference.add_argument("second", metavar="OTHER", help="the same of the other run")
    difference.add_argument("-o", "--output", metavar="FOLDER",
                            help="also write difference.md, difference.csv and difference_cases.csv")
    add_progress(difference, "none")


def _add_training_cases(studies: argparse._SubParsersAction) -> None:
    _add_prediction(
        studies, "repeat-worst", "a manifest in which the training cases that a model segments worst stand more often",
        "Predict the training cases of a manifest and write a new one in which those with much missed or false volume "
        "stand two or three times, to go on training from the model (icac train --set start_from=MODEL).",
        ("CSV", "the new manifest"))
    mine = _add_prediction(
        studies, "mine", "the voxels at which a model is wrong in its training cases",
        "Predict the training cases of a manifest and write every voxel that is wrongly taken for ICAC, so that the "
        "next training lays patches around them (icac train --set sampling.false_voxels=FILE --set "
        "sampling.false_share=0.3).", ("NPZ", "file for the voxels"))
    mine.add_argument("--missed", action="store_true", help="also the voxels of ICAC that the model misses")
    pseudo = _add_prediction(
        studies, "pseudo-label", "cases without a mask, marked by a calibrated model where it is sure",
        "Predict the cases of a manifest of which nothing was drawn ('none' in the column 'drawn'), mark the voxels "
        "that are surely ICAC and surely none, and write them with a manifest for 'icac train', which uses no others "
        "of them. Stopped at any moment, the same command goes on where it was.",
        ("FOLDER", "folder of cases and manifest.csv"))
    pseudo.add_argument("--sure", type=float, default=0.9, metavar="P",
                        help="probability from which a voxel is ICAC (default: %(default)s)")
    pseudo.add_argument("--sure-none", type=float, default=0.1, metavar="P",
                        help="probability up to which it is none (default: %(default)s)")


def _add_prediction(studies: argparse._SubParsersAction, name: str, words: str, description: str,
                    output: tuple[str, str]) -> argparse.ArgumentParser:
    """Add a command that predicts cases of a manifest and writes ``output``, given by a word and by what it is."""
    parser = studies.add_parser(name, help=words, description=description)
    add_model_and_cases(parser)
    parser.add_argument("-o", "--output", required=True, metavar=output[0], help=output[1])
    add_progress(parser, "plain")
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the study that was asked for."""
    return {"ablation": _ablation, "methods": _methods, "difference": _difference, "repeat-worst": _repeat_worst,
            "mine": _mine, "pseudo-label": _pseudo_label, "unlabelled": _unlabelled}[options.study](options)


def _ablation(options: argparse.Namespace) -> int:
    """Run the ablation, write its report and print it."""
    config, progress = prepare_training(options, scored=True)
    from icac.study.ablation import Ablation
    from icac.study.ablation_report import write_ablation
    from icac.study.ablation_rows import TABLES

    tables = [table for table in TABLES if options.table in (None, table.number)]
    study = Ablation.of(config, options.data, options.output, tables, options.device, options.folds)
    return _write_and_print(options, study.run(progress),
                            lambda results: write_ablation(study, results, not options.no_figures))


def _unlabelled(options: argparse.Namespace) -> int:
    """Run the study of cases without a label, write its report and print it."""
    config, progress = prepare_training(options, scored=True)
    from icac.study.unlabelled.report import write_unlabelled
    from icac.study.unlabelled.study import UnlabelledStudy

    study = UnlabelledStudy.of(config, options.data, options.output, options.labelled, options.device)
    return _write_and_print(options, study.run(progress), lambda results: write_unlabelled(study, results))


def _methods(options: argparse.Namespace) -> int:
    """Run the study of methods, write its report and print it."""
    config, progress = prepare_training(options, scored=True)
    from icac.study.methods.report import write_methods
    from icac.study.methods.study import MethodStudy

    names = ([name for name in text.split(",") if name]
             for text in (options.architectures, options.losses, options.methods))
    study = MethodStudy.of(config, options.data, options.output, methods_of(*names), options.best, options.device,
                           options.folds)
    return _write_and_print(options, study.run(progress), lambda results: write_methods(study, results))


Results = TypeVar("Results")


def _write_and_print(options: argparse.Namespace, results: Results | None, write: Callable[[Results], Path]) -> int:
    """Write the report of a study and print it, or say that it was stopped."""
    if results is None:
        print(f"Stopped; the same command goes on with the study in {options.output}.")
        return INTERRUPTED_EXIT_CODE
    summary = write(results)
    if options.progress != "json":
        print(summary.read_text(encoding="utf-8"))
        print(f"Results in {summary.parent}; begin with {summary.name}")
    return 0


def _difference(options: argparse.Namespace) -> int:
    """Compare two runs, print and, if asked, write."""
    from icac.progress import make_progress
    from icac.report import check_writable
    from icac.study.difference import CASES, SUMMARY, TABLE, difference_between, save_difference, summary_of

    if options.output:
        check_writable(options.output, (), (SUMMARY, TABLE, CASES))
    difference = difference_between(options.first, options.second, make_progress(options.progress))
    print(summary_of(difference))
    if options.output:
        files = save_difference(difference, options.output)
        print(f"Results in {options.output}: {', '.join(path.name for path in files.values())}")
    return 0


@dataclass(frozen=True)
class _Prediction:
    """What the commands need that predict the cases of a manifest; ``cache`` is for prepared scans."""

    package: ModelPackage
    manifest: Manifest
    cache: Path
    device: Device
    progress: Progress

    @classmethod
    @contextmanager
    def of(cls, options: argparse.Namespace, written: Callable[[Manifest], list[Path]]) -> Iterator[_Prediction]:
        """Read model and manifest; raises OutputError if one of the files to be ``written`` is the manifest or a scan.

        Without a folder for prepared scans they lie in a temporary one.
        """
        from icac.files import refuse_overwriting
        from icac.inference import choose_device
        from icac.models import find_model
        from icac.progress import make_progress
        from icac.trainingset.manifest import read_manifest

        package, manifest = find_model(options.model), read_manifest(options.data)
        refuse_overwriting([manifest.path, *(case.image for case in manifest.cases)], written(manifest))
        with TemporaryDirectory(prefix="icac-") as temporary:
            yield cls(package, manifest, Path(options.cache or temporary), choose_device(options.device),
                      make_progress(options.progress))

    @property
    def model(self) -> str:
        """Name and version of the model."""
        return f"{self.package.spec.name} {self.package.spec.version}"


def _repeat_worst(options: argparse.Namespace) -> int:
    """Write the new manifest and print what was found."""
    from icac.study.new_manifest import write_manifest
    from icac.study.repeat_worst import ONCE_MM3, TWICE_MM3, repeat_worst

    with _Prediction.of(options, lambda manifest: [Path(options.output)]) as p:
        rows, errors = repeat_worst(p.package, p.manifest, p.cache, p.device, p.progress)
    write_manifest(rows, Path(options.output))
    once, twice = (sum(case.repeats >= n for case in errors.values()) for n in (1, 2))
    true, missed, false = (sum(getattr(case, name) for case in errors.values()) for name in ("true", "missed", "false"))
    print(f"{p.model} on {len(errors)} training cases with {true:,.0f} mm3: {missed:,.0f} mm3 missed, {false:,.0f} mm3 "
          "false.")
    print(f"{once} cases are wrong by {ONCE_MM3:g} mm3 or more and repeated, {twice} of them twice "
          f"({TWICE_MM3:g} mm3 or more).")
    print(f"Manifest with {len(rows)} rows in {options.output}")
    return 0


def _mine(options: argparse.Namespace) -> int:
    """Write the wrong voxels and print how many there are."""
    from icac.study.mine import mine
    from icac.training.patches.wrong_voxels import write_wrong_voxels

    with _Prediction.of(options, lambda manifest: [Path(options.output)]) as p:
        found = mine(p.package, p.manifest, p.cache, p.device, p.progress, options.missed)
    write_wrong_voxels(Path(options.output), found)
    print(f"{p.model}: {sum(map(len, found.values())):,} {'false and missed' if options.missed else 'false'} voxels in "
          f"{sum(len(positions) > 0 for positions in found.values())} of {len(found)} training cases, in "
          f"{options.output}")
    return 0


def _pseudo_label(options: argparse.Namespace) -> int:
    """Mark the cases and print how much of them a model was sure of."""
    from icac.study.unlabelled.pseudo_label import Sure, mark_cases, write_marked
    from icac.trainingset.manifest import MANIFEST

    folder, sure = Path(options.output), Sure(options.sure, options.sure_none)

    def files(manifest: Manifest) -> list[Path]:
        return [folder / MANIFEST, *(folder / f"{case.name}.npz" for case in manifest.unlabelled)]

    with _Prediction.of(options, files) as p:
        cases = mark_cases(p.package, p.manifest, folder, p.cache, p.device, p.progress, sure)
    written, rows = write_marked(cases, folder)
    total = {name: sum(row[name] for row in rows) for name in rows[0] if name != "case"}
    print(f"{p.model} on {len(rows)} cases without a mask: {total['sure_icac_mm3']:,.0f} mm3 surely ICAC, "
          f"{total['sure_none_mm3']:,.0f} mm3 surely none, {total['not_used_mm3']:,.0f} mm3 not used.")
    print(f"Manifest with {len(cases)} rows in {written}")
    return 0
