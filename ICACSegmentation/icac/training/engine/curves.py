"""The curves of a run: one CSV row a record, and TensorBoard."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from icac.errors import OutputError
from icac.files import write_csv


class Curves:
    """Appends records to ``<name>.csv`` and to TensorBoard events in the folder of a run.

    Rows of steps after the one at which a run resumes are dropped, so that every step occurs once.

    Parameters
    ----------
    folder : Path
    resumed_step : int
        Step from which the run goes on; 0 for a new run.

    """

    def __init__(self, folder: Path, resumed_step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._folder = folder
        self._resumed = resumed_step
        self._opened: set[str] = set()
        self._board = SummaryWriter(str(folder / "tensorboard"), purge_step=resumed_step or None)

    def add(self, name: str, step: int, values: Mapping[str, float]) -> None:
        """Record ``values`` at ``step`` in the table ``name``; every record of a table has the same keys."""
        row = {"step": step, **{key: _shorten(value) for key, value in values.items()}}
        path = self._folder / f"{name}.csv"
        try:
            if name not in self._opened:
                self._opened.add(name)
                self._start(path, list(row))
            with open(path, "a", newline="") as file:
                csv.DictWriter(file, list(row)).writerow(row)
        except OSError as error:
            raise OutputError(f"{path}: the curves cannot be written ({error}).") from error
        for key, value in values.items():
            self._board.add_scalar(f"{name}/{key}", value, step)
        self._board.flush()

    def close(self) -> None:
        """Finish the TensorBoard file."""
        self._board.close()

    def _start(self, path: Path, columns: list[str]) -> None:
        kept = []
        if path.is_file() and self._resumed:
            with open(path, newline="") as file:
                kept = [row for row in csv.DictReader(file) if int(row["step"]) <= self._resumed]
        write_csv(path, columns, kept)


def _shorten(value: float) -> float:
    return float(f"{value:.6g}")
