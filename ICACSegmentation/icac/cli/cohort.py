"""``icac cohort``: thousands of scans, their tables, and a page to review them."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from icac.cli.norms import add_people, norms_of
from icac.cli.options import (
    add_assumption,
    add_dicom_segments,
    add_progress,
    add_series,
    add_settings,
    dicom_segments_of,
    settings_given,
)
from icac.errors import IcacError
from icac.settings import Limits
from icac.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from icac.cohort import Cluster, RunSummary, ScanInput, Segmentation
    from icac.cohort.scans.discover import Found


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "cohort", help="segment thousands of scans with many workers (needs icac[cohort])",
        description="Segment a cohort. A run that was stopped, or killed, goes on where it was: scans with the same "
                    "content, model and settings are not computed again.")
    commands = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_run(commands)
    collect = commands.add_parser("collect", help="write tables and page of what is finished")
    review = commands.add_parser(
        "review", help="take over the decisions that the page saved, and write tables and page again")
    review.add_argument("decisions", metavar="DECISIONS.csv", help="file that the page for review saved")
    add_people(collect)
    for command in (collect, review, _add_norms(commands), _add_table(commands)):
        command.add_argument("-o", "--output", required=True, metavar="FOLDER", help="folder of the cohort's results")
    for command in (collect, review):
        _add_embed(command)


def _add_norms(commands: argparse._SubParsersAction) -> argparse.ArgumentParser:
    norms = commands.add_parser(
        "norms", help="make percentiles by age and sex of what is finished",
        description="Make percentiles of the volume by age and sex, smoothed over age, and the share of people without "
                    "ICAC, with intervals: norms.json for --norms, norms.csv, norms.png, and norms_left_out.csv with "
                    "the scans that are not in them and why.")
    norms.add_argument("--name", required=True, metavar="NAME", help="what the cohort is called wherever they are used")
    norms.add_argument("--people", metavar="CSV", help="table of subject, age and sex (default: as the headers tell)")
    norms.add_argument("--bandwidth", type=float, default=4.0, metavar="YEARS",
                       help="years over which is smoothed, as the SD of the weights (default: 4)")
    norms.add_argument("--to", metavar="FOLDER", help="write the norms there instead of into the cohort's folder")
    return norms


def _add_table(commands: argparse._SubParsersAction) -> argparse.ArgumentParser:
    table = commands.add_parser(
        "table", help="tables for R or pandas, joined with outcomes or covariates",
        description="Write subjects.csv (one row a subject), lesions.csv (one row a lesion), columns.csv (what each "
                    "column means) and unmatched.csv (who could not be joined, or is there twice) into a folder.")
    table.add_argument("--join", metavar="CSV", help="table with the column subject and, if at hand, session: its "
                                                     "columns are added")
    table.add_argument("--to", metavar="FOLDER",
                       help="folder for the tables (default: analysis in the cohort's folder)")
    return table


def _add_run(commands: argparse._SubParsersAction) -> None:
    run = commands.add_parser("run", help="segment all scans of a folder or table")
    run.add_argument("input", metavar="INPUT", help="folder of DICOM studies or image files (with subfolders), or a "
                                                    "CSV table with the columns path, subject, session, series")
    run.add_argument("-o", "--output", required=True, metavar="FOLDER", help="folder for the results")
    run.add_argument("--pattern", default="*", metavar="GLOB",
                     help="only files and folders whose path within INPUT matches, e.g. '*ct.nii.gz'")
    run.add_argument("--dry-run", action="store_true",
                     help="only list what would run, with an estimate of time and disk")
    run.add_argument("--hide-names", action="store_true",
                     help="leave names of files and folders and descriptions of study and series, which can carry a "
                          "patient's name, out of the results; which scan is which stays in OUTPUT/.cohort/names.csv")
    run.add_argument("--retry-failed", action="store_true", help="try scans again that failed before")
    _add_computation(run)
    _add_workers(run)
    add_people(run)
    _add_embed(run)
    add_progress(run)


def _add_computation(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("segmentation")
    add_settings(group)
    add_series(group)
    add_assumption(group)
    group.add_argument("--save-probability", action="store_true", help="also write the probability maps")
    group.add_argument("--lesion-pictures", action="store_true",
                       help="also draw a key picture of each lesion, which the page then shows")
    group.add_argument("--dicom-out", action="store_true",
                       help="also write the results of each scan as DICOM, in the folder dicom beside them (needs "
                            "icac[dicom]; scans that are no DICOM are recorded as failed)")
    add_dicom_segments(group)


def _add_workers(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("workers")
    group.add_argument("--workers", type=int, default=1, metavar="N",
                       help="scans computed at once on this machine (default: 1), or jobs of Slurm")
    group.add_argument("--scheduler", default="", metavar="ADDRESS|slurm",
                       help="use the workers of a running Dask scheduler, or start workers as jobs of Slurm")
    group.add_argument("--memory", default="", metavar="SIZE", help="limit of each worker process, e.g. '4 GB'")
    group.add_argument("--threads", type=int, default=0, metavar="N", help="threads of each worker")
    group.add_argument("--readers", type=int, metavar="N",
                       help="processes that only read ahead (default: one for every four workers; none where workers "
                            "of one thread fill all cores)")
    group.add_argument("--slurm", action="append", default=[], metavar="KEY=VALUE",
                       help="argument of dask_jobqueue.SLURMCluster, e.g. queue=long (may be repeated)")
    usual = Limits()
    group.add_argument("--timeout", type=float, default=usual.timeout_s, metavar="SECONDS",
                       help=f"a scan that takes longer is given up (default: {usual.timeout_s:g})")
    group.add_argument("--attempts", type=int, default=usual.attempts, metavar="N",
                       help=f"how often a scan is begun whose worker dies (default: {usual.attempts})")


def _add_embed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--embed", action="store_true",
                        help="put the thumbnails into the page, to send it alone (for some hundred scans)")


def run(options: argparse.Namespace) -> int:
    """Run the action."""
    return {"run": _run, "collect": _collect, "review": _review, "norms": _norms,
            "table": _table}[options.action](options)


def _refuse_results(scans: Sequence[ScanInput], output: str) -> None:
    """Refuse scans that lie in the folder of the results, where files of their names may be replaced."""
    import os

    from icac.errors import OutputError

    folder = os.path.join(os.path.realpath(output), "")
    inside = next((scan.path for scan in scans if os.path.realpath(scan.path).startswith(folder)), None)
    if inside is not None:
        raise OutputError(f"{inside} lies in the folder of the results; choose another folder for them.")


def _run(options: argparse.Namespace) -> int:
    from icac.cohort import Segmentation, look_for_scans, run_cohort
    from icac.cohort.results.collect import collect_and_tell, refuse_inputs
    from icac.progress import make_progress
    from icac.report import check_writable

    norms_of(options)
    cluster, limits = _cluster(options), Limits(options.timeout, options.attempts)
    computation = Segmentation(**settings_given(options), save_probability=options.save_probability,
                               hide_names=options.hide_names, lesion_pictures=options.lesion_pictures,
                               dicom=dicom_segments_of(options) if options.dicom_out else "")
    found = look_for_scans(options.input, options.pattern, skip=options.output)
    if options.dry_run:
        _show_plan(options, found, computation)
        return 0
    check_writable(options.output)
    refuse_inputs(options.output, options.input, options.people)
    _refuse_results(found.scans, options.output)
    progress = make_progress(options.progress)
    summary = run_cohort(found.scans, options.output, computation, cluster=cluster, limits=limits,
                         retry_failed=options.retry_failed, hide_names=options.hide_names, progress=progress)
    progress.update("Tables", 0.99)
    collected = collect_and_tell(options.output, options.embed, norms=options.norms, people=options.people)
    progress.update("Done", 1.0, f"{len(found.scans)} scans")
    if options.progress != "json":
        print(f"{summary.computed} scans computed, {summary.kept} kept, {summary.failed} failed"
              + (" (reasons in failures.csv)" if summary.failed else ""))
        _show_copies(collected.copies, _SHOWN)
        _show_left_out(found, _SHOWN)
        print(f"Results in {options.output}: {', '.join(file.name for file in collected.files)}")
    return _exit_code(options, summary)


def _exit_code(options: argparse.Namespace, summary: RunSummary) -> int:
    """Return that of an error if no scan at all has a result: whoever waits for some must hear of it."""
    if summary.computed or summary.kept:
        return 0
    print(f"icac: All {summary.failed} scans failed; see the reasons in {options.output}/failures.csv.",
          file=sys.stderr)
    return IcacError.exit_code


#: So many of what was left out are named after a run; all of them with ``--dry-run``.
_SHOWN = 10


def _show_copies(copies: Mapping[str, str], shown: int | None = None) -> None:
    """Print which scans have the same voxels as another one."""
    for name, first in list(copies.items())[:shown]:
        print(f"same      {name}  (the voxels of {first})")
    if copies:
        print(f"{len(copies)} scans have the voxels of another one (same_voxels_as in the tables); norms count each "
              "once")


def _show_left_out(found: Found, shown: int | None = None) -> None:
    """Print what was found and not taken for a scan."""
    for one in found.left_out[:shown]:
        print(f"left out  {one_line(one.path)}  ({one.reason})")
    more = len(found.left_out) - len(found.left_out[:shown])
    if more:
        print(f"left out  {more} more (--dry-run lists them all)")


def _cluster(options: argparse.Namespace) -> Cluster:
    from icac.cohort import Cluster
    from icac.errors import InputError

    wrong = [text for text in options.slurm if "=" not in text]
    if wrong:
        raise InputError(f"--slurm {wrong[0]} has no value; write it as KEY=VALUE.")
    if options.slurm and options.scheduler != "slurm":
        raise InputError("--slurm is for --scheduler slurm; leave it out, or add that.")
    return Cluster(options.workers, options.scheduler, options.memory, options.threads, options.readers,
                   dict(text.split("=", 1) for text in options.slurm))


def _show_plan(options: argparse.Namespace, found: Found, computation: Segmentation) -> None:
    from pathlib import Path

    from icac.cohort.run.computation import identity_sha256
    from icac.cohort.run.plan import make_plan
    from icac.cohort.run.rate import duration
    from icac.cohort.store.folder import Store

    store, scans = Store(Path(options.output).absolute()), found.scans
    plan = make_plan(scans, store, identity_sha256(computation), options.retry_failed)
    waiting = {scan.name for scan in plan.waiting}
    for scan in plan.todo:
        print(f"compute  {scan.name}  {scan.path}")
        _show_choice(computation, scan)
    for scan in (one for followers in plan.followers.values() for one in followers):
        print(f"copy     {scan.name}  {scan.path}")
    for name, first in plan.copies.items():
        print(f"same     {name}  ({'seems' if name in waiting else 'is'} {first} once more)")
    for scan in plan.missing:
        print(f"missing  {scan.name}  {scan.path}")
    _show_left_out(found)
    estimate = plan.estimate(options.workers)
    print(f"{len(scans)} scans: {len(plan.waiting)} to do, {len(plan.done)} finished, {len(plan.failed)} failed before "
          f"(--retry-failed), {len(plan.missing)} missing; {len(plan.copies)} of them are others once more")
    print(f"Estimate for {options.workers} at once: {duration(estimate.seconds)} and {estimate.gigabytes:.1f} GB, from "
          f"{estimate.basis}")


def _show_choice(computation: Segmentation, scan: ScanInput) -> None:
    """Print which series of a study would be measured, or why none can be chosen."""
    from icac.errors import InputError

    try:
        said = computation.choice(scan)
    except InputError as error:
        said = f"fails: {error}"
    if said:
        print(f"         {one_line(said)}")


def _collect(options: argparse.Namespace) -> int:
    from icac.cohort.results.collect import collect_and_tell, refuse_inputs

    refuse_inputs(options.output, options.people)
    collected = collect_and_tell(options.output, options.embed, norms=options.norms, people=options.people)
    _show_copies(collected.copies, _SHOWN)
    print(f"Wrote {', '.join(file.name for file in collected.files)} in {options.output}")
    return 0


def _review(options: argparse.Namespace) -> int:
    from icac.cohort import review

    merged = review(options.output, options.decisions, options.embed)
    counts = {word: sum(one.decision == word for one in merged.decisions) for word in ("accepted", "flagged")}
    print(f"{merged.new} decisions taken over; now {counts['accepted']} accepted and {counts['flagged']} flagged")
    for names, why in ((merged.outdated, "the scan was computed again since"), (merged.unknown, "not in this cohort")):
        if names:
            print(f"{len(names)} not taken over ({why}): {', '.join(names[:5])}{', ...' if len(names) > 5 else ''}")
    return 0


def _norms(options: argparse.Namespace) -> int:
    from icac.cohort.results.norms import make_norms

    made = make_norms(options.output, options.name, people=options.people, bandwidth=options.bandwidth,
                      folder=options.to)
    for group, ages in made.norms.groups.items():
        print(f"{group:<7} {made.norms.people[group]:>6} people, from {ages[0].age:g} to {ages[-1].age:g} years")
    for note in made.notes:
        print(f"Note: {note}")
    if made.left_out:
        print(f"{len(made.left_out)} scans are not in them; see {made.files['left_out'].name}")
    print(f"Norms in {made.files['norms'].parent}: {', '.join(path.name for path in made.files.values())}")
    return 0


def _table(options: argparse.Namespace) -> int:
    from icac.cohort.results.subject_tables import write_subject_tables

    written = write_subject_tables(options.output, options.join, options.to)
    print(f"{written.subjects} subjects: {', '.join(f'{n} {status}' for status, n in written.statuses.items())}; "
          f"{written.lesions} lesions")
    for reason, count in written.unmatched.items():
        print(f"Not joined: {count} ({reason}); see {written.files['unmatched'].name}")
    print(f"Tables in {written.files['subjects'].parent}: {', '.join(path.name for path in written.files.values())}")
    return 0
