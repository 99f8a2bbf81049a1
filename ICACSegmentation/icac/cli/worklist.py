"""``icac worklist``: several readers of one list of cases, and how they agree."""

from __future__ import annotations

import argparse
from typing import Any


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "worklist", help="set up, look at and evaluate a list of cases that several readers work through",
        description="Worklists are read in the panel of 3D Slicer; each reader has masks, fields and times of his own. "
                    "LIST is the folder or the CSV table that is opened there.")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    setup = _add(actions, "setup", "say how the cases are read: blind, by how many readers, with which fields")
    setup.add_argument("--blind-to-model", action=argparse.BooleanOptionalAction, default=None,
                       help="the model's result of a case is neither loaded nor shown until its reader is done with it")
    setup.add_argument("--reads", type=int, metavar="N",
                       help="so many readers each case needs; 0: every reader reads all of them (default)")
    setup.add_argument("--every-series", action=argparse.BooleanOptionalAction, default=None,
                       help="every axial series of a DICOM study is a case, not only the one that 'icac series' puts "
                            "first")
    setup.add_argument("--field", action="append", metavar="NAME:TYPE",
                       help="something to say of each case: NAME:text, NAME:number 0..100, NAME:integer, NAME:yes/no "
                            "or NAME:good|poor (may be repeated; replaces those of before)")
    _add(actions, "status", "list who has read what")
    agreement = _add(actions, "agreement", "measure how the readers agree: ICC, Dice, lesions, limits of agreement")
    agreement.add_argument("-o", "--output", metavar="FOLDER", help="also write tables and figure")
    agreement.add_argument("--readers", nargs="+", default=(), metavar="NAME", help="only these readers (default: all)")
    agreement.add_argument("--with-model", action="store_true", help="compare with the results of the model, too")
    agreement.add_argument("--no-figures", action="store_true", help="write tables only")
    export = _add(actions, "export", "write a table of what every reader made of every case")
    export.add_argument("-o", "--output", required=True, metavar="CSV", help="the table: one row a case and a reader")


def _add(actions: argparse._SubParsersAction, name: str, words: str) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=words, description=f"{words[:1].upper()}{words[1:]}.")
    parser.add_argument("list", metavar="LIST", help="folder of cases, or CSV table with the column image")
    parser.add_argument("--folder", metavar="FOLDER",
                        help="where the worklist is kept (default: icac_worklist in the folder of cases, or "
                             "<name of the table>_worklist beside it)")
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the action."""
    return {"setup": _setup, "status": _status, "agreement": _agreement, "export": _export}[options.action](options)


def _setup(options: argparse.Namespace) -> int:
    from icac.text import one_line
    from icac.worklist.opening import keep_choice, listed_cases, worklist_folder
    from icac.worklist.records.design import declared_fields
    from icac.worklist.records.fields import all_fields

    changed = _given(options)
    found = listed_cases(options.list, options.folder, every_series=options.every_series)
    if "fields" in changed:
        changed["fields"] = declared_fields(changed["fields"])
    design = keep_choice(worklist_folder(options.list, options.folder), found, **changed)
    print(f"{len(found.cases)} cases, read by {design.reads or 'every reader'}"
          f"{' readers each' if design.reads else ''}, {'blind to' if design.blind_to_model else 'beside'} the model's "
          "result.")
    print("Fields: " + ", ".join(one.declaration for one in all_fields((*found.fields, *design.fields))))
    for place, why in found.left_out.items():
        print(one_line(f"left out: {place}: {why}"))
    for note in found.notes:
        print(f"Note: {note}")
    return 0


def _given(options: argparse.Namespace) -> dict[str, Any]:
    asked = {"blind_to_model": options.blind_to_model, "reads": options.reads, "fields": options.field,
             "every_series": options.every_series}
    return {name: value for name, value in asked.items() if value is not None}


def _status(options: argparse.Namespace) -> int:
    from collections import Counter

    from icac.worklist.opening import listed_cases, worklist_folder
    from icac.worklist.reader import list_readers, load_adjudication

    names = [case.name for case in listed_cases(options.list, options.folder).cases]
    root = worklist_folder(options.list, options.folder)
    third = load_adjudication(root, names)
    readers = [*list_readers(root, names), *([third] if third else [])]
    for reader in readers:
        count = Counter(reader.state(name).status.value for name in names)
        minutes = sum(reader.state(name).total_seconds for name in names) / 60
        print(f"{reader.name}: {', '.join(f'{n} {status}' for status, n in sorted(count.items()))}; {minutes:.1f} min")
    read = Counter(sum(reader.state(name).status.value == "done" for reader in readers if reader is not third)
                   for name in names)
    print(f"{len(names)} cases: " + ", ".join(f"{n} read by {times or 'nobody'}" for times, n in sorted(read.items())))
    return 0


def _agreement(options: argparse.Namespace) -> int:
    from icac.evaluation.readers.save import WRITTEN, measure_agreement, save_agreement, summary_of
    from icac.report import check_writable

    if options.output:
        check_writable(options.output, (options.list,), WRITTEN)
    agreement = measure_agreement(options.list, options.folder, readers=options.readers, with_model=options.with_model)
    print(summary_of(agreement))
    if options.output:
        files = save_agreement(agreement, options.output, figures=not options.no_figures)
        print(f"Results in {options.output}: {', '.join(path.name for path in files.values())}")
    return 0


def _export(options: argparse.Namespace) -> int:
    from pathlib import Path

    from icac.evaluation.readers.export import export_readings
    from icac.files import refuse_overwriting

    refuse_overwriting((options.list,), (Path(options.output),))
    rows = export_readings(options.list, options.output, options.folder)
    print(f"{rows} readings written to {options.output}")
    return 0
