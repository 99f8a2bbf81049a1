from __future__ import annotations

import json

import pytest
from icac.network import FcnConfig


def test_json_round_trip_keeps_every_choice():
    config = FcnConfig(16, False, "before_first", False, "all")
    assert FcnConfig.from_dict(json.loads(config.to_json())) == config


def test_omitted_choices_take_their_default():
    assert FcnConfig.from_dict({"width": 16}) == FcnConfig(width=16)


@pytest.mark.parametrize(("values", "said"), [
    ({"width": 0}, "width"), ({"width": 8.0}, "width"), ({"width": True}, "width"),
    ({"residual": 1}, "residual"),
    ({"deep_supervision": "yes"}, "deep_supervision"), ({"dropout": "after"}, "dropout"),
    ({"supervision": "bone"}, "supervision"), ({"depth": 3}, "depth"),
    ({"residual": False, "dropout": "before_addition"}, "before_addition"),
])
def test_a_wrong_choice_is_named(values, said):
    with pytest.raises(ValueError, match=said):
        FcnConfig.from_dict(values)
