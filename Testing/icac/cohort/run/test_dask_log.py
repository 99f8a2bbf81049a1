"""What Dask says goes to a file and not to the terminal, and only while a cohort runs."""

from __future__ import annotations

import logging

from icac.cohort.run.dask_log import dask_log


def test_dask_is_written_to_the_file_and_nowhere_else(tmp_path, capsys):
    path = tmp_path / "dask.log"
    logger = logging.getLogger("distributed")
    before = logger.handlers[:], logger.level, logger.propagate
    with dask_log(path):
        logging.getLogger("distributed.nanny").warning("Worker exceeded\x1b[2J its memory\nand was restarted")
    assert path.read_text(encoding="utf-8").endswith(
        "distributed.nanny: Worker exceeded\\x1b[2J its memory and was restarted\n")
    assert capsys.readouterr().err == ""
    assert (logger.handlers, logger.level, logger.propagate) == before


def test_a_folder_that_cannot_be_written_costs_the_log_and_not_the_run(tmp_path):
    with dask_log(tmp_path / "missing" / "dask.log"):
        logging.getLogger("distributed").warning("unheard")
