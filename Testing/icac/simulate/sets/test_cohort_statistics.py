from __future__ import annotations

import csv

import pytest
from icac.cli import main
from icac.errors import InputError
from icac.simulate.sets.cohort_statistics import describe_cohort


@pytest.fixture(scope="module")
def drawn() -> dict[str, str]:
    return {row.quantity: row.drawn for row in describe_cohort(300, 1, "rotterdam")}


def first(text: str) -> float:
    return float(text.split()[0])


def test_the_cohort_has_the_published_figures(drawn):
    """Within some two standard errors of 300 patients."""
    assert first(drawn["prevalence of ICAC"]) == pytest.approx(82.2, abs=4.5)
    assert first(drawn["volume, all patients"]) == pytest.approx(44, rel=0.25)
    assert first(drawn["both carotids affected, of the calcified"]) == pytest.approx(94, abs=3)
    assert first(drawn["medial pattern, of the calcified"]) == pytest.approx(48, abs=6.5)
    assert first(drawn["calcifications of a calcified artery"]) == pytest.approx(4, abs=1)
    assert first(drawn["mean arc width of an artery"]) == pytest.approx(43.5, abs=2)
    assert first(drawn["mean cross-section of an artery"]) == pytest.approx(1.8, abs=0.35)
    assert first(drawn["petroclinoid ligament, patients"]) == pytest.approx(17.5, abs=4.5)
    assert first(drawn["vertebral or basilar artery, patients"]) == pytest.approx(21, abs=4.7)
    assert first(drawn["choroid plexus, patients"]) == pytest.approx(60, abs=5.7)
    assert first(drawn["longitudinal extent of an artery"]) == pytest.approx(15.4, abs=4)
    assert first(drawn["calcifications in C4"]) == pytest.approx(56, abs=5)
    assert first(drawn["calcifications of the posterosuperior wall"]) == pytest.approx(38.5, abs=5)
    assert first(drawn["carotico-clinoid bridge, sides"]) == pytest.approx(22.1, abs=5)


def test_what_a_scan_shows_is_what_was_drawn(drawn):
    wanted = first(drawn["volume, all patients"])
    assert first(drawn["volume that a usual scan shows, all patients"]) == pytest.approx(wanted, rel=0.1)


def test_patterns_add_up(drawn):
    shares = [first(drawn[f"{name} pattern, of the calcified"]) for name in ("intimal", "medial", "mixed")]
    assert sum(shares) == pytest.approx(100, abs=0.2)


def test_the_command_prints_and_writes_the_table(tmp_path, capsys):
    assert main(["simulate", "5", "--describe", "--protocol", "stroke", "-o", str(tmp_path), "--progress", "none"]) == 0
    assert "87.1 (18.9-254.6)" in capsys.readouterr().out
    rows = list(csv.DictReader((tmp_path / "cohort_statistics.csv").read_text().splitlines()))
    assert rows[0]["quantity"] == "patients"
    assert rows[0]["drawn"] == "5"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cohort_statistics.csv", "cohort_statistics.md"]


def test_no_patients_is_an_error():
    with pytest.raises(InputError, match="one or more patients"):
        describe_cohort(0)
