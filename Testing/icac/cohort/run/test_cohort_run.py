"""One local cluster meets every misfortune; further runs find everything done."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter

import pytest
from icac.cohort import Cluster, Limits, collect, find_scans, run_cohort
from icac.cohort.store.folder import RECORD
from icac.errors import InputError, OutputError
from icac.files.lock import locked

BAD = {"hang": "timeout", "hang_interpreter": "timeout", "die": "died", "no_memory": "memory",
       "unexpected": "unexpected"}


def run(source, out, stub, **settings):
    computation = stub.StubComputation(str(out) + ".log", settings.pop("setting", 1))
    settings = {"cluster": Cluster(workers=2), "limits": Limits(15.0, 2)} | settings
    return run_cohort(find_scans(source), out, computation, **settings)


def log(out) -> Counter:
    path = out.with_name(out.name + ".log")
    return Counter(path.read_text().split("\n") if path.exists() else [])


def failures(out) -> dict[str, dict]:
    collect(out)
    with (out / "failures.csv").open() as stream:
        return {row["subject"]: row for row in csv.DictReader(stream)}


@pytest.fixture(scope="module")
def source(tmp_path_factory, stub):
    folder = tmp_path_factory.mktemp("cohort") / "in"
    for number in range(12):
        stub.write_stub(folder / f"s{number:02d}.nii.gz", number + 1.0)
    stub.write_stub(folder / "zcopy" / "other.nii.gz", 4.0)
    for do in BAD:
        stub.write_stub(folder / f"{do.replace('_', '')}.nii.gz", 99.0, do=do)
    (folder / "damaged.nii.gz").write_text("no text of ours")
    return folder


@pytest.fixture(scope="module")
def out(source, stub):
    """Results of a run in which scans are damaged, hang, run out of memory, or take their worker with them."""
    out = source.parent / "out"
    summary = run(source, out, stub)
    assert (summary.computed, summary.kept, summary.failed) == (12, 1, len(BAD) + 1)
    return out


def test_each_failure_is_recorded_with_its_reason_and_the_rest_goes_on(out):
    found = failures(out)
    assert {name: row["kind"] for name, row in found.items()} == {
        **{do.replace("_", ""): kind for do, kind in BAD.items()}, "damaged": "input"}
    assert "longer than 15 s" in found["hang"]["reason"]
    assert found["die"]["reason"] == "The worker died each of the 2 times that it computed this scan."
    assert found["unexpected"]["reason"] == "ZeroDivisionError: a fault of the program"
    assert "is damaged; export it again" in found["damaged"]["reason"]
    assert "ZeroDivisionError" in json.loads((out / ".cohort/failed/sub-unexpected.json").read_text())["traceback"]


def test_no_scan_was_begun_needlessly(out):
    begun = log(out)
    assert begun["begin sub-die"] == 2
    assert all(begun[f"begin sub-s{number:02d}"] == 1 for number in range(12))
    loaded = Counter(line for line in begun.elements() if line.startswith("load"))
    assert set(loaded.values()) == {1}  # the model is loaded once a process


def test_a_copy_takes_over_the_result(out):
    record = json.loads((out / "sub-zcopy/ses-other/ct" / RECORD).read_text())
    assert record["copy_of"] == "sub-s03"
    mask = (out / "sub-zcopy/ses-other/ct/sub-zcopy_ses-other_mask.bin").read_bytes()
    assert mask == (out / "sub-s03/ct/sub-s03_mask.bin").read_bytes()
    assert log(out)["begin sub-zcopy_ses-other"] == 0


def test_nothing_is_left_of_the_run(out):
    assert not list((out / ".cohort/runs").iterdir())
    assert not list(out.glob(".cohort/removed-*"))
    assert not list(out.rglob("*.partial"))


def test_what_dask_said_is_kept(out):
    assert "distributed" in (out / ".cohort" / "dask.log").read_text(encoding="utf-8")


def test_a_second_run_has_nothing_to_do_and_needs_no_workers(source, out, stub):
    before = log(out)
    began = {path: path.stat().st_mtime_ns for path in out.rglob(RECORD)}
    summary = run(source, out, stub)
    assert (summary.computed, summary.kept, summary.failed) == (0, 13, 6)
    assert log(out) == before
    assert {path: path.stat().st_mtime_ns for path in out.rglob(RECORD)} == began


def test_only_what_changed_is_computed_again(tmp_path, stub):
    source, out = tmp_path / "in", tmp_path / "out"
    for number in range(3):
        stub.write_stub(source / f"{number}.nii.gz", number + 1.0)
    damaged = source / "3.nii.gz"
    damaged.write_text("damaged")
    stub.write_stub(source / "4.nii.gz", 5.0)
    (source / "4.json").write_text('{"KVP": 120}')
    one = {"cluster": Cluster(workers=1, readers=0)}
    assert run(source, out, stub, **one).computed == 4
    os.utime(source / "0.nii.gz", ns=(1, 1))              # touched, the same content
    stub.write_stub(source / "1.nii.gz", 50.0)            # new content
    (source / "2.nii.gz").rename(source / "moved.nii.gz")  # another name
    stub.write_stub(damaged, 7.0)                         # repaired
    (source / "4.json").write_text('{"KVP": 140}')        # which decides what is measured, as the image does
    summary = run(source, out, stub, **one)
    assert (summary.computed, summary.kept, summary.failed) == (3, 2, 0)
    assert log(out)["begin sub-0"] == 1
    assert log(out)["begin sub-1"] == log(out)["begin sub-4"] == 2
    assert log(out)["begin sub-moved"] == 0
    collect(out)
    with (out / "scans.csv").open() as stream:
        assert {row["subject"]: float(row["volume_mm3"]) for row in csv.DictReader(stream)} == {
            "0": 1.0, "1": 50.0, "3": 7.0, "4": 5.0, "moved": 3.0}
    assert run(source, out, stub, setting=2, **one).computed == 5  # other settings


def test_failures_are_tried_again_on_request_and_missing_scans_are_failures(tmp_path, stub):
    out, table = tmp_path / "out", tmp_path / "list.csv"
    stub.write_stub(tmp_path / "a.nii.gz", do="unexpected")
    table.write_text("path,subject\na.nii.gz,a\nnot_there.nii.gz,b\n")
    one = {"cluster": Cluster(workers=1, readers=0)}
    for retry, begun in ((False, 1), (False, 1), (True, 2)):
        assert run(table, out, stub, retry_failed=retry, **one).failed == 2
        assert log(out)["begin sub-a"] == begun
    assert "does not exist" in failures(out)["b"]["reason"]


def test_a_worker_that_exceeds_its_memory_is_stopped_and_the_reason_is_recorded(tmp_path, stub):
    stub.write_stub(tmp_path / "in" / "greedy.nii.gz", do="memory")
    stub.write_stub(tmp_path / "in" / "modest.nii.gz")
    summary = run(tmp_path / "in", tmp_path / "out", stub, limits=Limits(200.0, 2),
                  cluster=Cluster(workers=1, readers=0, memory="450 MB"))
    assert (summary.computed, summary.failed) == (1, 1)
    assert failures(tmp_path / "out")["greedy"]["kind"] == "memory"
    assert log(tmp_path / "out")["begin sub-greedy"] == 2


def test_reading_goes_on_while_another_scan_is_computed(tmp_path, stub):
    for number in range(4):
        stub.write_stub(tmp_path / "in" / f"{number}.nii.gz", number + 1.0, seconds=1.0)
    run(tmp_path / "in", tmp_path / "out", stub, cluster=Cluster(workers=1))
    lines = (tmp_path / "out.log").read_text().split("\n")
    computing, waiting, read_ahead = set(), set(), 0
    for line in lines:
        word, _, name = line.partition(" ")
        waiting |= {name} if word == "read" else set()
        waiting -= {name} if word == "begin" else set()
        computing |= {name} if word == "begin" else set()
        computing -= {name} if word == "end" else set()
        # Reading takes no time here, so that it may fall between two scans: what counts is that it was done by then.
        read_ahead += bool(waiting and computing)
        assert len(computing) <= 1  # there is one slot
    assert read_ahead


def test_unusable_wishes_end_in_a_sentence(tmp_path, stub):
    with pytest.raises(InputError, match="one worker or more"):
        Cluster(workers=0)
    with pytest.raises(InputError, match="is written as '4 GB', not 'much'"):
        Cluster(memory="much")
    with pytest.raises(InputError, match="time limit"):
        Limits(timeout_s=0)
    stub.write_stub(tmp_path / "in" / "a.nii.gz")
    with locked(tmp_path / "out"), pytest.raises(OutputError, match="Another run"):
        run(tmp_path / "in", tmp_path / "out", stub)
