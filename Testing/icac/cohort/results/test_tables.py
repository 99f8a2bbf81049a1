from __future__ import annotations

import csv
import json

import pyarrow.parquet
import pytest
from icac.cohort import collect, review
from icac.cohort.page.decisions import Decision, write_decisions
from icac.cohort.results.tables import write_table
from icac.errors import InputError, OutputError

ROWS = {"a": {"volume_mm3": 10.0, "warnings": ""}, "b": {"volume_mm3": 5.5, "warnings": "Thick slices."}}


def table(path):
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_all_formats_say_the_same(tmp_path):
    rows = [{"scan": "a", "n": 1, "v": 1, "x": None}, {"scan": "b,\"c\"", "n": 2, "v": 2.5, "more": True}]
    parquet, text, tabs = write_table(rows, tmp_path / "t", ["scan", "x"])
    assert tabs.read_text() == 'scan\tx\tn\tv\tmore\na\tn/a\t1\t1\tn/a\nb,"c"\tn/a\t2\t2.5\ttrue\n'
    assert pyarrow.parquet.read_table(parquet).to_pylist() == [
        {"scan": "a", "x": None, "n": 1, "v": 1.0, "more": None},
        {"scan": "b,\"c\"", "x": None, "n": 2, "v": 2.5, "more": True}]
    assert table(text) == [{"scan": "a", "x": "", "n": "1", "v": "1", "more": ""},
                           {"scan": "b,\"c\"", "x": "", "n": "2", "v": "2.5", "more": "true"}]


def test_a_cohort_gets_tables_of_scans_lesions_and_failures(make_cohort):
    out = make_cohort(ROWS, {"c": "It is damaged."})
    names = {path.name for path in collect(out)}
    assert names == {"scans.csv", "scans.parquet", "lesions.csv", "lesions.parquet", "failures.csv",
                     "failures.parquet", "scans.tsv", "lesions.tsv", "failures.tsv", "qa.html",
                     "dataset_description.json"}
    scans = table(out / "scans.csv")
    assert [(row["scan"], row["volume_mm3"]) for row in scans] == [("sub-a", "10.0"), ("sub-b", "5.5")]
    assert scans[1]["suspicion_reasons"] == "warning"
    assert {"content_sha256", "result_key", "icac_version", "read_s", "total_s", "created"} <= set(scans[0])
    assert [row["scan"] for row in table(out / "lesions.csv")] == ["sub-a", "sub-b"]
    assert [(row["scan"], row["reason"]) for row in table(out / "failures.csv")] == [("sub-c", "It is damaged.")]
    described = json.loads((out / "dataset_description.json").read_text())
    assert described["DatasetType"] == "derivative"
    assert described["SourceDatasets"] == [{"URL": (out.parent / "in").as_uri()}]


def test_results_of_earlier_versions_are_moved_to_their_place_and_kept(make_cohort):
    out = make_cohort(ROWS, pictures={"a": {"thumbnail": b"picture"}})
    for subject in "ab":
        for path in (out / f"sub-{subject}" / "ct").iterdir():
            path.rename(path.parents[1] / path.name)
        (out / f"sub-{subject}" / "ct").rmdir()
    collect(out)
    assert [row["scan"] for row in table(out / "scans.csv")] == ["sub-a", "sub-b"]
    assert (out / "sub-a" / "ct" / "sub-a_thumbnail.jpg").read_bytes() == b"picture"
    assert [path.name for path in (out / "sub-a").iterdir()] == ["ct"]
    collect(out)
    assert [row["scan"] for row in table(out / "scans.csv")] == ["sub-a", "sub-b"]


def test_a_cohort_without_any_result_has_empty_tables(make_cohort):
    out = make_cohort({}, {"c": "It is damaged."})
    collect(out)
    assert table(out / "scans.csv") == []
    assert pyarrow.parquet.read_table(out / "lesions.parquet").column_names == ["scan", "id", "volume_mm3"]


def test_decisions_come_into_the_tables_and_stay(make_cohort, tmp_path):
    out = make_cohort(ROWS, {"c": "It is damaged."})
    collect(out)
    keys = {row["scan"]: row["result_key"] for row in table(out / "scans.csv")}
    write_decisions(tmp_path / "first.csv", [
        Decision("sub-a", keys["sub-a"], "accepted", "fine, \"clear\"", "R", "2026-01-01T10:00:00.000Z"),
        Decision("sub-b", "another result", "accepted", "", "R", "2026-01-01T10:00:00.000Z"),
        Decision("sub-c", "", "flagged", "", "R", "2026-01-01T10:00:00.000Z"),
        Decision("sub-z", "", "flagged", "", "R", "2026-01-01T10:00:00.000Z")])
    merged = review(out, tmp_path / "first.csv")
    assert (merged.new, merged.outdated, merged.unknown) == (2, ["sub-b"], ["sub-z"])
    assert [(row["review"], row["review_note"]) for row in table(out / "scans.csv")] == [
        ("accepted", "fine, \"clear\""), ("", "")]
    assert table(out / "failures.csv")[0]["review"] == "flagged"
    write_decisions(tmp_path / "second.csv", [
        Decision("sub-a", keys["sub-a"], "flagged", "", "S", "2026-01-01T09:00:00.000Z"),   # earlier: does not count
        Decision("sub-c", "", "", "", "S", "2026-01-01T11:00:00.000Z")])                    # later: taken back
    assert review(out, tmp_path / "second.csv").new == 1
    collect(out)
    assert table(out / "scans.csv")[0]["review"] == "accepted"
    assert table(out / "failures.csv")[0]["review"] == ""
    assert [row["scan"] for row in table(out / "decisions.csv")] == ["sub-a"]


@pytest.mark.parametrize(("text", "word"), [("scan,key\n", "'decision'"), ("scan,key,decision\na,b,maybe\n", "maybe")])
def test_other_files_are_no_decisions(make_cohort, tmp_path, text, word):
    out = make_cohort(ROWS)
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(InputError, match=word):
        review(out, tmp_path / "x.csv")


def test_a_folder_without_cohort_is_left_alone(tmp_path):
    with pytest.raises(OutputError, match="holds no results"):
        collect(tmp_path)
    assert not list(tmp_path.iterdir())
