"""What Dask says goes to a file and not to the terminal, and only while a cohort runs."""

from __future__ import annotations

import logging

from icac.cohort import Cluster, find_scans, run_cohort
from icac.cohort.run.dask_log import DASK_LOG, dask_log
from icac.cohort.scans.tree import HIDDEN


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


def test_what_workers_and_their_libraries_say_is_kept_and_not_shown(tmp_path, stub, capfd):
    stub.write_stub(tmp_path / "in" / "one.nii.gz", do="talk")
    out = tmp_path / "out"
    (out / HIDDEN).mkdir(parents=True)
    (out / HIDDEN / DASK_LOG).write_text("of an earlier run")
    summary = run_cohort(find_scans(tmp_path / "in"), out, stub.StubComputation(str(tmp_path / "log")),
                         cluster=Cluster(workers=1))
    assert summary.computed == 1
    told = (out / HIDDEN / DASK_LOG).read_text(encoding="utf-8")
    for words in ("said by the program", "complained by the program", "last words of a library", "distributed."):
        assert words in told
    assert "of an earlier run" not in told
    shown = capfd.readouterr()
    assert "by the program" not in shown.out + shown.err
    assert "last words" not in shown.err
