from __future__ import annotations

import csv
import dataclasses

import pytest
from icac.errors import InputError
from icac.progress import Silent
from icac.study.ablation import Ablation
from icac.study.ablation_report import write_ablation
from icac.study.ablation_rows import TABLES
from icac.training.settings.read import read_config


@pytest.fixture
def two_rows(cohort, tiny_settings, small_block, tmp_path) -> Ablation:
    table = dataclasses.replace(TABLES[0], rows=TABLES[0].rows[1:3])
    return Ablation.of(read_config("bortsova2017", tiny_settings), cohort, tmp_path / "study", [table], "cpu")


def test_rows_are_trained_scored_kept_and_reported(two_rows):
    results = two_rows.run(Silent())
    assert list(results) == ["deep", "dense"]
    assert {result.cases for result in results.values()} == {2}
    assert results["deep"].steps == 2
    made = (two_rows.runs.folder_of("deep") / "row.json").stat().st_mtime_ns
    assert repr(two_rows.run(Silent())) == repr(results)  # as text, since undefined numbers equal nothing
    assert (two_rows.runs.folder_of("deep") / "row.json").stat().st_mtime_ns == made
    text = write_ablation(two_rows, results).read_text(encoding="utf-8")
    assert "Simulated data" in text and "3 cases to learn from, 1 to choose weights and threshold, 2 scored" in text
    assert "Mean Dice: the order of the rows" in text and "0.751 ± 0.223" in text
    with (two_rows.runs.folder / "ablation.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["key"] for row in rows] == ["deep", "dense"]
    assert [row["tested_against"] for row in rows] == ["", "deep"]
    assert float(rows[1]["difference"]) == pytest.approx(
        float(rows[1]["mean_dice"]) - float(rows[0]["mean_dice"]), abs=1e-6)
    assert {"ablation.png", "ablation.pdf"} <= {path.name for path in two_rows.runs.folder.iterdir()}


def test_rows_with_other_settings_are_refused(two_rows):
    row = two_rows.tables[0].rows[0]
    two_rows.run_row(row, Silent())
    other = dataclasses.replace(two_rows, config=dataclasses.replace(two_rows.config, epochs=2.0))
    with pytest.raises(InputError, match="another length"):
        other.run_row(row, Silent())


def test_every_row_sees_the_same_but_its_network(two_rows):
    one, other = (two_rows.row_config(row) for row in two_rows.tables[0].rows)
    assert one.network != other.network and one.network["width"] == other.network["width"] == 1
    plain = {"network": {}, "name": "", "description": ""}
    assert dataclasses.replace(one, **plain) == dataclasses.replace(other, **plain)


def test_a_manifest_without_test_cases_is_refused(cohort, tiny_settings, tmp_path):
    (cohort / "no_test.csv").write_text("case,split\ncase0,train\ncase1,validation\n")
    with pytest.raises(InputError, match="no case of split test"):
        Ablation.of(read_config("release", tiny_settings), cohort / "no_test.csv", tmp_path)
