"""The model card says what model.json says."""

from __future__ import annotations

import json

import pytest
from icac.cli import main
from icac.models import default_model
from icac.models.card import UNKNOWN_IN_PATIENTS, model_card
from icac.models.course_prior import CoursePrior
from icac.network import FcnConfig


def rows(card: str) -> dict[str, str]:
    """Return the rows of all tables of a card by their names."""
    cells = [line.strip("| ").split(" | ") for line in card.splitlines() if line.startswith("| ")]
    return {cell[0]: cell[1] for cell in cells if len(cell) == 2}


def test_card_of_the_bundled_model_holds_what_its_package_says():
    spec = default_model().spec
    card, table = model_card(spec), rows(model_card(spec))
    assert card.startswith(f"# {spec.name} {spec.version}\n")
    assert spec.description in card and spec.training_data in card and spec.notice[1:] in card
    assert table["SHA-256"] == f"`{spec.weights.sha256}`"
    assert float(table["a voxel is ICAC from the probability"]) == pytest.approx(spec.threshold, rel=1e-3)
    assert table["poses of the head, over which the mean is taken where there may be a lesion"] == str(spec.poses)


def test_every_result_of_model_json_is_on_the_card(spec):
    settings = {"version": "0.1.0", "width": 2, "size": [92, 92, 64], "end": None}
    metrics = {"dice": 0.5, "training": {"settings": settings},
               "held_out": {"icc": 0.98765, "limits": "a | b", "blind": True}}
    card = model_card(spec(metrics=metrics))
    table = rows(card.replace("\\|", "/"))
    assert table["dice"] == "0.5"
    assert table["settings.width"] == "2" and table["settings.size"] == "92, 92, 64" and table["settings.end"] == "none"
    assert "settings.version" not in table, "the model has a version of its own"
    assert table["icc"] == "0.9877" and table["limits"] == "a / b" and table["blind"] == "yes"
    assert card.index("### Held out") < card.index("### Training"), "the latest judgement comes first"


def test_card_warns_of_simulated_training_only_where_it_is_true(spec):
    assert UNKNOWN_IN_PATIENTS in model_card(spec(simulated=True))
    real = model_card(spec(simulated=False, metrics={}))
    assert UNKNOWN_IN_PATIENTS not in real and "> " not in real and "None are known." in real


def test_card_tells_the_network_and_its_size(spec):
    wide = rows(model_card(spec(architecture=FcnConfig(width=8, position=True, dropout="none"))))
    assert wide["width"] == "8" and wide["position"] == "yes" and wide["trained values"] == "175,469"


def test_card_tells_whether_there_is_a_prior(spec):
    assert rows(model_card(spec()))["prior by distance from the carotid course"] == "no"
    prior = CoursePrior((0.0, 5.0), (0.1, -0.2))
    assert rows(model_card(spec(course_prior=prior)))["prior by distance from the carotid course"] == "yes"


def test_command_prints_the_card_of_the_default_and_of_a_folder(package, capsys):
    assert main(["model", "card"]) == 0
    assert capsys.readouterr().out == model_card(default_model().spec)
    assert main(["model", "card", str(package.folder)]) == 0
    document = json.loads((package.folder / "model.json").read_text(encoding="utf-8"))
    assert document["weights"]["sha256"] in capsys.readouterr().out
