"""The folder of an evaluation. It changes only once everything is made, and then file by file with single renames."""

from __future__ import annotations

from pathlib import Path

from icac.errors import OutputError
from icac.evaluation.results.metrics import list_metrics
from icac.evaluation.results.summary import write_summary
from icac.evaluation.results.tables import (
    Rows,
    case_rows,
    category_rows,
    class_rows,
    cutoff_rows,
    lesion_rows,
    metric_rows,
    paired_rows,
    protocol_rows,
    quarter_rows,
    reliability_rows,
    roc_rows,
    run_case_rows,
    run_rows,
    stratum_rows,
    territory_rows,
    write_csv,
)
from icac.evaluation.statistics.evaluated_cases import EvaluatedCases
from icac.evaluation.statistics.missed import lesion_classes
from icac.evaluation.statistics.quarters import quarters
from icac.evaluation.statistics.roc import RocCurve, roc_curves
from icac.evaluation.statistics.strata import strata
from icac.evaluation.statistics.two_runs import difference_of_runs, paired_tests, read_run
from icac.files.whole import cannot_write, put, temporary_folder

TABLES = ("metrics", "cases", "lesions", "territories", "quarters", "lesion_classes", "protocols", "acquisition",
          "cutoffs", "categories", "comparison", "between_runs", "between_runs_cases",
          "reliability", "roc")
FIGURES = ("volumes", "agreement", "quarters", "reliability", "missed_lesions", "roc", "examples")
SUMMARY = "summary.md"

#: Every name that tables, figures and summary can have.
WRITTEN = (SUMMARY, *(f"{name}.csv" for name in TABLES), *(f"{name}.{e}" for name in FIGURES for e in ("png", "pdf")))


def save_evaluation(evaluation: EvaluatedCases, folder: Path, against: Path | None = None,
                    figures: bool = True) -> dict[str, Path]:
    """Write the tables and figures of an evaluation.

    ========================  ===========================================================================
    ``summary.md``            all tables for reading, with definitions
    ``metrics.csv``           every metric with its confidence interval
    ``cases.csv``             one row a case
    ``lesions.csv``           one row for each true lesion and each false one
    ``territories.csv``       one row for each artery, or segment of it, of each case
    ``quarters.csv``          Dice by quarter of true volume
    ``lesion_classes.csv``    sensitivity by size, density, bone contact and segment
    ``protocols.csv``         subgroups, if cases name their protocol
    ``acquisition.csv``       subgroups by field of view, kernel, tube voltage and thickness of the slices
    ``cutoffs.csv``           which scans lie above 0, 10, 100 and 400 mm3
    ``categories.csv``        how many scans of each category of volume were predicted into which
    ``comparison.csv``        paired tests, with ``against``
    ``between_runs.csv``      difference in mm3 between the two runs, and ``between_runs_cases.csv`` of each case
    ``reliability.csv``       reliability diagrams, if there are probabilities
    ``roc.csv``               ROC curves, if there are scans with and without ICAC
    ``<figure>.png, .pdf``    figures
    ========================  ===========================================================================

    Parameters
    ----------
    evaluation : EvaluatedCases
    folder : Path
        Made if it does not exist. Other files in it are left alone, tables and figures of an earlier run are not.
    against : Path, optional
        Folder of an earlier evaluation of the same cases.
    figures : bool

    Returns
    -------
    dict of str to Path
        Name of table or figure (``figure_...``) to file.

    Raises
    ------
    InputError
        ``against`` is not the folder of an evaluation of the same cases.
    OutputError
        The folder cannot be written, or a library of the ``evaluate`` extra is missing.

    """
    try:
        curves = roc_curves(evaluation.cases)
        tables = all_tables(evaluation, curves, against)
        folder.mkdir(parents=True, exist_ok=True)
        with temporary_folder(folder) as temporary:
            written = _write_all(evaluation, tables, curves, temporary, figures)
            return _move_in(written, folder)
    except ImportError as error:
        raise OutputError(f"The library '{error.name}' for evaluations is missing; install it with "
                          "pip install \"icac[evaluate]\".") from error
    except OSError as error:
        raise cannot_write(folder, error) from error


def all_tables(evaluation: EvaluatedCases, curves: list[RocCurve], against: Path | None) -> dict[str, Rows]:
    """Return the tables by the names in :data:`TABLES`; those without content are empty."""
    cases = evaluation.cases
    rows = case_rows(cases)
    nonempty = [case for case in cases if case.overlap.truth_mm3 > 0]
    return {
        "metrics": metric_rows(list_metrics(evaluation, curves)),
        "cases": rows,
        "lesions": lesion_rows(evaluation),
        "territories": territory_rows(cases),
        "quarters": quarter_rows(quarters(cases), quarters(nonempty)),
        "lesion_classes": class_rows(lesion_classes(evaluation.lesions)),
        "protocols": protocol_rows(cases),
        "acquisition": stratum_rows(strata(cases)),
        "cutoffs": cutoff_rows(cases),
        "categories": category_rows(cases),
        **_against(rows, against),
        "reliability": reliability_rows(evaluation.calibration) if evaluation.calibration else [],
        "roc": roc_rows(curves),
    }


def _against(rows: Rows, against: Path | None) -> dict[str, Rows]:
    """Return the tables that compare with another run; empty without one."""
    if against is None:
        return {"comparison": [], "between_runs": [], "between_runs_cases": []}
    other = read_run(against)
    compared = paired_rows(paired_tests(rows, other, against))
    found = difference_of_runs(rows, other)
    return {"comparison": compared, "between_runs": run_rows(found) if found else [],
            "between_runs_cases": run_case_rows(found) if found else []}


def _write_all(evaluation: EvaluatedCases, tables: dict[str, Rows], curves: list[RocCurve], folder: Path,
               figures: bool) -> dict[str, Path]:
    written = {name: write_csv(rows, folder / f"{name}.csv") for name, rows in tables.items() if rows}
    if figures:
        from icac.evaluation.figures import draw_figures

        for name, figure in draw_figures(evaluation, curves).items():
            for ending in ("png", "pdf"):
                path = folder / f"{name}.{ending}"
                figure.savefig(path, dpi=200, bbox_inches="tight", metadata=_METADATA[ending])
                written[f"figure_{name}" if ending == "png" else f"figure_{name}_pdf"] = path
    pictures = [path.name for path in written.values() if path.suffix == ".png"]
    summary = folder / SUMMARY
    summary.write_text(write_summary(evaluation, tables, pictures), encoding="utf-8")
    return {"summary": summary, **written}


#: Without dates and versions, so that the same evaluation gives the same files.
_METADATA = {"png": {"Software": None}, "pdf": {"CreationDate": None, "Producer": None, "Creator": None}}


def _move_in(written: dict[str, Path], folder: Path) -> dict[str, Path]:
    names = {path.name for path in written.values()}
    for name in WRITTEN:
        if name not in names:
            (folder / name).unlink(missing_ok=True)
    for name in names:
        put(next(path for path in written.values() if path.name == name), folder / name)
    return {role: folder / path.name for role, path in written.items()}
