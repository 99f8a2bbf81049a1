"""The folder of a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from icac.files.whole import cannot_write, put, temporary_folder
from icac.realism.compare import Comparison
from icac.realism.tables import comparison_rows, markdown, write_csv

SUMMARY = "realism.md"


def save_comparisons(comparisons: Sequence[Comparison], folder: str | Path, pictures: bool = True) -> Path:
    """Write ``realism.csv``, ``realism.md`` and, for each scan, its pictures.

    Pictures are ``<scan>_bone.png``, ``<scan>_soft.png`` and ``<scan>_curves.png``; they need matplotlib.

    Raises
    ------
    OutputError
        If the folder cannot be written.

    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with temporary_folder(folder) as made:
            write_csv(made / "realism.csv", [row for c in comparisons for row in comparison_rows(c)])
            (made / SUMMARY).write_text(markdown(comparisons), encoding="utf-8")
            if pictures:
                _draw(comparisons, made)
            for path in sorted(made.iterdir()):
                put(path, folder / path.name)
    except OSError as error:
        raise cannot_write(folder, error) from error
    return folder / SUMMARY


def _draw(comparisons: Sequence[Comparison], folder: Path) -> None:
    from icac.realism.figures import WINDOWS, draw_curves, draw_side_by_side

    for number, comparison in enumerate(comparisons, start=1):
        stem = comparison.real.name.split(".")[0]
        if [c.real.name.split(".")[0] for c in comparisons].count(stem) > 1:
            stem = f"{stem}_{number}"
        for window in WINDOWS:
            draw_side_by_side(comparison, window, folder / f"{stem}_{window}.png")
        draw_curves(comparison, folder / f"{stem}_curves.png")
