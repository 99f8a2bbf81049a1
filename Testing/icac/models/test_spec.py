from __future__ import annotations

import numpy as np
import pytest
from icac.models import SIMULATED_NOTICE, IntensityScaling, WeightsRecord
from icac.models.spec import ModelSpec, check_document


def test_scaling_clips_then_maps_hu():
    scaling = IntensityScaling(-200, 1000, 400, 600)
    out = scaling.apply(np.array([[-1000, -200, 130], [400, 1000, 3000]], np.int16))
    assert out.dtype == np.float32
    assert np.allclose(out, [[-1, -1, -0.45], [0, 1, 1]])


@pytest.mark.parametrize("values", [(100, 100, 0, 1), (0, 1, 0, 0), (0, 1, 0, -2), (0, float("nan"), 0, 1),
                                    (0, float("inf"), 0, 1), (0, "1", 0, 1), (False, 1, 0, 1),
                                    (0, 1, 0, 1e-320)])
def test_scaling_that_makes_no_sense_is_refused(values):
    with pytest.raises(ValueError, match="intensity"):
        IntensityScaling(*values)


def test_document_round_trip(spec):
    made = spec(weights=WeightsRecord("ab" * 32, 7), threshold=0.4, temperature=1.3)
    assert ModelSpec.from_dict(made.to_dict()) == made


def test_documents_of_format_1_have_neither_kind_nor_reference(spec):
    document = spec(weights=WeightsRecord("ab" * 32, 7)).to_dict()
    assert document["format_version"] == 1
    del document["architecture"]["kind"]
    assert ModelSpec.from_dict(document) == spec(weights=WeightsRecord("ab" * 32, 7))
    newer = spec(weights=WeightsRecord("ab" * 32, 7), reference_sha256="cd" * 32).to_dict()
    assert newer["format_version"] == 2
    for part in (newer, newer["architecture"]):
        kept = part.pop("reference_sha256" if part is newer else "kind")
        with pytest.raises(ValueError, match="is missing"):
            ModelSpec.from_dict(newer)
        part["reference_sha256" if part is newer else "kind"] = kept


def test_simulated_training_always_has_a_notice(spec):
    assert spec().notice == SIMULATED_NOTICE
    assert spec(simulated=False).notice == ""


@pytest.mark.parametrize("changes", [{"name": "A b"}, {"name": "a\n"}, {"name": "../up"}, {"threshold": 0.0},
                                     {"threshold": 1}, {"temperature": 0}, {"temperature": float("nan")},
                                     {"temperature": 1e-320}, {"temperature": 1e5}, {"spacing_mm": (5, 5, 5)},
                                     {"spacing_mm": (0.5, 0.5, 0.6)}, {"name": "con"}, {"name": "aux.x"}])
def test_values_out_of_range_are_refused(spec, changes):
    with pytest.raises(ValueError, match=next(iter(changes))):
        spec(**changes)


@pytest.mark.parametrize(("document", "said"), [
    ([], "does not describe a model"), ({"format": "other"}, "does not describe a model"),
    ({"format": "icac-model", "format_version": 9}, "newer version"), ({"format": "icac-model"}, "is missing")])
def test_foreign_and_newer_documents_are_told_apart(document, said):
    with pytest.raises(ValueError, match=said):
        check_document(document)
