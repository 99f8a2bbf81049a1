from __future__ import annotations

import copy
import json

import jsonschema
import pytest
from icac.models.spec import schema
from icac.models.validate import violations

GOOD = {
    "format": "icac-model", "format_version": 1, "name": "icac-8", "version": "1.0", "description": "A model.",
    "architecture": {"width": 8, "residual": True, "dropout": "before_addition", "deep_supervision": True,
                     "supervision": "calcium"},
    "spacing_mm": [0.5, 0.5, 0.5], "intensity": {"low_hu": -200, "high_hu": 1000.5, "shift_hu": 0, "scale_hu": 500},
    "threshold": 0.5, "temperature": 1.0, "training_data": "none", "metrics": {"dice": 0.8}, "licence": "CC-BY-4.0",
    "simulated": True, "notice": "research use only",
    "weights": {"sha256": "0a" * 32, "bytes": 10},
}

MISSING = object()

CHANGES = [
    ("name", "Icac"), ("name", "-a"), ("name", "a/b"), ("name", ""), ("name", 3), ("name", "a"), ("name", "x" * 65),
    ("format", "other"), ("format_version", 2), ("format_version", 3), ("format_version", True),
    ("format_version", 1.0),
    ("version", ""), ("version", 1), ("description", MISSING), ("extra", 1), ("simulated", False),
    ("simulated", "yes"), ("simulated", MISSING), ("notice", ""), ("notice", None), ("metrics", []), ("metrics", {}),
    ("threshold", 0), ("threshold", 1), ("threshold", 0.999), ("threshold", True), ("threshold", "0.5"),
    ("temperature", 0), ("temperature", 1e-320), ("temperature", 101), ("notice", "a\x1b[2J"),
    ("description", "a\nb"), ("spacing_mm", [0.5, 0.5]), ("spacing_mm", [0.5, 0.5, 0]),
    ("spacing_mm", [1, 1, 1, 1]), ("spacing_mm", [1, 1, "1"]), ("spacing_mm", 0.5), ("spacing_mm", [1, 2, 3]),
    ("architecture.width", 0), ("architecture.width", 8.0), ("architecture.width", 8.5), ("architecture.width", True),
    ("architecture.width", 3000), ("architecture.kind", "unet"),
    ("architecture.kind", "bortsova2017"), ("architecture.dropout", "all"), ("architecture.dropout", "none"),
    ("architecture.residual", False), ("architecture.residual", 1), ("architecture.residual", MISSING),
    ("architecture.depth", 3), ("architecture.supervision", None), ("architecture", None), ("architecture", []),
    ("intensity.scale_hu", 0), ("intensity.scale_hu", -1), ("intensity.low_hu", "x"), ("intensity", {}),
    ("weights.sha256", "0A" * 32), ("weights.sha256", "0a" * 31), ("weights.bytes", 0), ("weights.bytes", 2.5),
    ("weights", MISSING), ("licence", ""), ("training_data", ""),
]


def changed(path: str, value: object) -> dict:
    document = copy.deepcopy(GOOD)
    *folders, name = path.split(".")
    part = document
    for folder in folders:
        part = part[folder]
    if value is MISSING:
        del part[name]
    else:
        part[name] = value
    return document


def test_the_schema_is_valid_and_accepts_the_good_document():
    jsonschema.Draft202012Validator.check_schema(schema())
    assert not list(violations(GOOD, schema()))
    assert jsonschema.Draft202012Validator(schema()).is_valid(GOOD)


@pytest.mark.parametrize("document", [*(changed(*c) for c in CHANGES), None, [], "x", 3, {},
                                      changed("architecture", {**GOOD["architecture"], "residual": False,
                                                               "dropout": "before_first"})],
                         ids=lambda d: json.dumps(d)[:30])
def test_verdicts_are_those_of_jsonschema(document):
    faults = list(violations(document, schema()))
    assert (not faults) == jsonschema.Draft202012Validator(schema()).is_valid(document)


def test_both_verdicts_occur_among_the_changes():
    verdicts = [not any(violations(changed(*c), schema())) for c in CHANGES]
    assert verdicts.count(True) >= 8
    assert verdicts.count(False) >= 40


@pytest.mark.parametrize(("change", "said"), [
    (("weights.bytes", 0), "weights.bytes must be at least 1"), (("extra", 1), "extra is unknown"),
    (("architecture.residual", MISSING), "architecture.residual is missing"),
    (("spacing_mm", [1, 1, 0]), "spacing_mm 3 must be above 0"), (("notice", ""), "notice must not be empty"),
])
def test_a_fault_is_named_with_its_place(change, said):
    assert said in list(violations(changed(*change), schema()))


def test_a_keyword_that_is_not_understood_is_an_error_not_overlooked():
    with pytest.raises(ValueError, match="maxLength"):
        list(violations("abc", {"maxLength": 2}))
