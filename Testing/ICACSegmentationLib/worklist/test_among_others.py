"""Where a result lies among others, in the panel: with norms chosen, with age and sex, and of another model."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def norms(tmp_path):
    """Norms of 300 people from 50 to 80 years, by another model."""
    from icac.norms import Measured, Person
    from icac.norms.fit import fit_norms

    rng = np.random.default_rng(0)
    people = [Person(float(age), "female" if n % 2 else "male") for n, age in enumerate(rng.uniform(50, 80, 300))]
    made, _ = fit_norms("the lab", people, rng.exponential(60, 300).tolist(), Measured("another", "0"))
    return made.save(tmp_path / "norms.json")


def test_the_panel_places_a_result(opened, norms):
    ui, others = opened.ui, opened.resultPanel.others
    others.use("")
    assert "Choose norms" in ui.othersLabel.text
    others.use(norms)
    assert "need the age" in ui.othersLabel.text
    ui.ageEdit.setText("67")
    ui.ageEdit.editingFinished.emit()
    assert "people of both sexes of 67 years in the cohort 'the lab'" in ui.othersLabel.text
    ui.sexBox.setCurrentIndex(1)
    ui.sexBox.activated.emit(1)
    assert "percentile" in ui.othersLabel.text and "women of 67 years" in ui.othersLabel.text
    assert "do not fit: this scan was measured by model" in ui.othersLabel.text
    ui.ageEdit.setText("old")
    ui.ageEdit.editingFinished.emit()
    assert "The age is a number of years" in ui.othersLabel.text
    others.use("")
