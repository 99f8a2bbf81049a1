"""Norms of a cohort's own folder, where its scans lie among them, and tables that leave for R or pandas."""

import csv

import numpy as np
import pytest
from icac.cli import main
from icac.cohort import collect
from icac.cohort.results.subjects import subject_key
from icac.errors import InputError

MODEL = {"model": "icac", "model_version": "1.0", "model_checksum": "x", "threshold": 0.4, "warnings": ""}


def table(path):
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def cohort(make_cohort, tmp_path):
    """Eighty people from 50 to 80 years, a quarter of them women, with more ICAC the older they are; one failed."""
    rng = np.random.default_rng(4)
    ages = np.linspace(50, 80, 80)
    rows = {f"P{n:03d}": {**MODEL, "volume_mm3": float(round(max(age - 55 + 8 * rng.standard_normal(), 0), 3))}
            for n, age in enumerate(ages)}
    lines = [f"P-{n:03d},{age:.1f},{'F' if n % 4 == 1 else 'M'}" for n, age in enumerate(ages)]
    (tmp_path / "people.csv").write_text("\n".join(["subject,age,sex", *lines, "stranger,60,F"]))
    return make_cohort(rows, {"x1": "It is damaged."})


def test_norms_are_made_and_used(cohort, tmp_path, capsys):
    people = str(tmp_path / "people.csv")
    assert main(["cohort", "norms", "-o", str(cohort), "--name", "Lab 2026", "--people", people,
                 "--bandwidth", "8"]) == 0
    out = capsys.readouterr().out
    assert "all         80 people" in out and "1 scans are not in them" in out and "No norms of women: 20" in out
    rows = table(cohort / "norms.csv")
    assert {row["group"] for row in rows} == {"male", "all"}
    middle = next(row for row in rows if (row["group"], row["age"]) == ("all", "70.0"))
    assert float(middle["p50_mm3_low"]) < 15 < float(middle["p50_mm3_high"])
    assert table(cohort / "norms_left_out.csv") == [{"scan": "sub-x1", "reason": "it could not be measured"}]
    assert (cohort / "norms.png").stat().st_size > 5000
    norms = str(cohort / "norms.json")
    assert main(["cohort", "collect", "-o", str(cohort), "--norms", norms, "--people", people]) == 0
    collect(cohort)                                                  # the tables keep to them
    scans = {row["subject"]: row for row in table(cohort / "scans.csv")}
    assert scans["P040"]["norm_cohort"] == "Lab 2026" and scans["P040"]["sex"] == "male"
    low, middle, high = (float(scans["P040"][f"norm_{name}"]) for name in ("low", "percentile", "high"))
    assert low < middle < high
    assert "too few men of 50 years" in scans["P000"]["norm_statement"] and scans["P000"]["norm_percentile"] == ""
    assert scans["P040"]["norm_statement"] in (cohort / "qa.html").read_text(encoding="utf-8").replace("\\u003c", "<")


def test_without_ages_there_are_no_norms(cohort, capsys):
    assert main(["cohort", "norms", "-o", str(cohort), "--name", "x"]) == 3
    assert "0 people of known age (0 women, 0 men) are too few" in capsys.readouterr().err
    assert not (cohort / "norms.json").exists()


def test_a_table_of_outcomes_is_joined_and_nothing_is_lost(cohort, tmp_path, capsys):
    outcomes = tmp_path / "outcomes.csv"
    outcomes.write_text("Participant_ID;stroke;age;volume_mm3\nsub-P000;yes;50;1\nP-001;no;51;2\np002;no;52;3\n"
                        "3;yes;53;4\nP004;no;54;5\nP004;yes;54;5\nP005;no;1;1\nP005;no;1;1\nX1;no;70;9\nnew;yes;99;0\n"
                        ";no;1;1\n")
    assert main(["cohort", "table", "-o", str(cohort), "--join", str(outcomes)]) == 0
    out = capsys.readouterr().out
    assert "83 subjects: 80 measured, 1 failed, 2 no scan; 80 lesions" in out
    rows = {row["subject"]: row for row in table(cohort / "analysis/subjects.csv")}
    assert [rows[f"P00{n}"]["stroke"] for n in range(6)] == ["yes", "no", "no", "", "", "no"]
    assert rows["P000"]["volume_mm3_joined"] == "1" and rows["P000"]["age_joined"] == "50"
    assert [rows["x1"][name] for name in ("status", "stroke", "failure")] == ["failed", "no", "It is damaged."]
    assert rows["new"]["status"] == "no scan" and rows["new"]["stroke"] == "yes" and rows["new"]["volume_mm3"] == ""
    left = {(row["subject"], row["line"]): row["reason"] for row in table(cohort / "analysis/unmatched.csv")}
    assert left["P004", "6, 7"] == "lines that contradict each other: none is joined"
    assert left["P005", "8, 9"] == "lines that say the same twice: one is joined"
    assert left["3", "5"].startswith("subjects that the cohort does not have")
    assert left["", "12"] == "lines without a subject"
    assert left["P010", ""] == "subjects that the joined table does not have"
    described = {(row["table"], row["column"]): row["meaning"] for row in table(cohort / "analysis/columns.csv")}
    assert set(rows["P000"]) == {column for name, column in described if name == "subjects.csv"}
    assert described["subjects.csv", "stroke"] == "'stroke' of the joined table, as it is written there"
    assert all(described.values())


@pytest.mark.parametrize("command", [
    ("run", "{out}/scans.csv", "-o", "{out}"), ("collect", "-o", "{out}", "--people", "{out}/lesions.csv"),
    ("table", "-o", "{out}", "--to", "{out}", "--join", "{out}/lesions.csv"),
    ("norms", "-o", "{out}", "--name", "x", "--people", "{out}/norms.csv")])
def test_no_table_takes_the_place_of_one_that_is_read(cohort, tmp_path, command, capsys):
    image = tmp_path / "1.nii.gz"
    image.touch()
    (cohort / "scans.csv").write_text(f"path,subject\n{image},P000\n")
    for name in ("lesions.csv", "norms.csv"):
        (cohort / name).write_bytes((tmp_path / "people.csv").read_bytes())
    before = {path.name: path.read_bytes() for path in cohort.glob("*.csv")}
    assert main(["cohort", *(part.format(out=cohort) for part in command)]) == 7
    assert "the results would take its place" in capsys.readouterr().err
    assert before == {path.name: path.read_bytes() for path in cohort.glob("*.csv")}


def test_a_table_of_people_that_is_not_there_is_told(cohort, tmp_path, capsys):
    assert main(["cohort", "collect", "-o", str(cohort), "--people", str(tmp_path / "gone.csv")]) == 3
    assert "gone.csv" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["simulate 1 -o x", "demo -o x", "realism x -o y"])
def test_a_negative_seed_is_none(command, capsys):
    with pytest.raises(SystemExit):
        main([*command.split(), "--seed", "-1"])
    assert "invalid seed value: '-1'" in capsys.readouterr().err


def test_numbers_with_decimals_are_the_same_subjects():
    told = ("1.0", "10.00", " 7. ", "3,0", "1,000", "P-1.0", "sub-2.0")
    assert [subject_key(text) for text in told] == ["1", "10", "7", "3", "1000", "P10", "2"]


def test_lost_zeros_are_hinted_at(make_cohort, tmp_path):
    from icac.cohort.results.subject_tables import write_subject_tables

    out = make_cohort({"007": {**MODEL, "volume_mm3": 1.0}})
    (tmp_path / "o.csv").write_text("subject,x\n7,1\n")
    written = write_subject_tables(out, tmp_path / "o.csv")
    assert "is it '007'?" in written.files["unmatched"].read_text()
    with pytest.raises(InputError, match="no column 'subject'"):
        (tmp_path / "o.csv").write_text("who,x\n7,1\n")
        write_subject_tables(out, tmp_path / "o.csv")
