"""Whole runs with the bundled model on a simulated scan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from icac.anatomy import Side
from icac.api import Result, segment
from icac.ct import CTScan
from icac.errors import InputError, ModelError
from icac.geometry import Frame, Volume
from icac.lesions import find_lesions
from icac.models import IntensityScaling, ModelSpec, default_model, save_package
from icac.network import FCN, FcnConfig
from icac.ood import Gate
from icac.pipeline import segment_scan
from icac.reference import load_reference
from icac.registration import register
from icac.report.record import build_record
from icac.settings import Settings

CPU = Settings(device="cpu")


def as_scan(volume: Volume, tmp_path) -> CTScan:
    return CTScan(volume, tmp_path / "scan.nrrd", "nrrd", {"sha256": "0" * 64})


def dice(a: np.ndarray, b: np.ndarray) -> float:
    return 2 * np.count_nonzero(a & b) / (np.count_nonzero(a) + np.count_nonzero(b))


@pytest.fixture(scope="module")
def result(demo_scan, tmp_path_factory) -> Result:
    return Result(segment_scan(as_scan(demo_scan.ct, tmp_path_factory.mktemp("scan")), CPU))


@pytest.mark.quick
def test_finds_the_calcium_that_was_put_in(result, demo_scan):
    """The bundled weights reach 0.92 and 93 % of the volume; chance would be a Dice below 0.02."""
    assert dice(result.content.mask, demo_scan.icac.array > 0) > 0.86
    assert result.volume_mm3 == pytest.approx(demo_scan.volume_mm3, rel=0.12)


def test_all_of_the_mask_is_dense_and_on_the_voxels_of_the_scan(result, demo_scan):
    assert result.mask.frame is demo_scan.ct.frame
    assert result.content.measured.ct.array[result.content.mask].min() >= 130


def test_a_model_with_a_gate_warns_of_scans_unlike_those_that_it_knows(result, demo_scan, tmp_path):
    features = result.content.features
    assert features.shape == (default_model().spec.architecture.coarsest_features,)
    gate = Gate(features + 5, np.eye(len(features)), 2.0, 0.01, 200, 100, "tests", default_model().spec.stored.sha256)
    assert gate.novelty_of(features + 5).warning == ""
    found = segment_scan(as_scan(demo_scan.ct, tmp_path), CPU, package=replace(default_model(), gate=gate))
    assert found.novelty.distance == pytest.approx(5, abs=0.01) and found.novelty.is_unlike
    assert found.novelty.warning in found.warnings
    told = build_record(found)["out_of_distribution"]
    assert told == {"unlike_usual_scans": True, "distance": pytest.approx(5, abs=0.01), "limit": 2.0,
                    "false_alarms": 0.01}
    assert np.array_equal(found.labels, result.content.labels), "nothing that is measured changes"


def test_the_scan_is_measured_at_the_reference_sharpness_or_as_it_is(result, demo_scan, tmp_path):
    """The kernel of the example is sharper than the reference, its slices are thicker."""
    measured = result.content.measured
    assert result.content.scan.volume.array is demo_scan.ct.array
    assert min(measured.harmonisation.blur_sd_mm[:2]) > 0
    assert measured.harmonisation.blur_sd_mm[2] == 0
    assert (measured.ct.array != demo_scan.ct.array).any()
    assert measured.noise_sd_hu < measured.harmonisation.noise_sd_hu
    plain = segment_scan(as_scan(demo_scan.ct, tmp_path), replace(CPU, harmonise="off"))
    assert plain.measured.ct.array is demo_scan.ct.array
    assert plain.settings.harmonise == "off"
    assert plain.measured.harmonisation.fwhm_mm == measured.harmonisation.fwhm_mm
    assert not plain.measured.harmonisation.changes


def test_totals_agree_with_the_mask(result):
    voxels = np.count_nonzero(result.content.mask)
    assert result.volume_mm3 == pytest.approx(voxels * result.mask.frame.voxel_volume_mm3)
    assert sum(result.side_volume_mm3(side) for side in Side) == pytest.approx(result.volume_mm3)
    assert sum(lesion.volume_mm3 for lesion in result.content.lesions) == pytest.approx(result.volume_mm3)


def true_side_volumes(scan) -> dict[Side, float]:
    volumes = dict.fromkeys(Side, 0.0)
    for lesion in scan.lesions:
        volumes[Side(lesion.side)] += lesion.volume_mm3 * lesion.visible
    return volumes


def test_sides_and_segments_are_those_of_the_simulated_patient(result, demo_scan):
    """The calcium that was put in, measured along the courses that registration found."""
    truth = true_side_volumes(demo_scan)
    assert abs(truth[Side.LEFT] - truth[Side.RIGHT]) > 5  # or the test could not tell
    probability = demo_scan.icac.array.astype(np.float32)
    found = find_lesions(demo_scan.icac.array > 0, demo_scan.ct, probability, result.content.courses)
    for side in Side:
        volume = sum(lesion.volume_mm3 for lesion in found.lesions if lesion.side is side)
        assert volume == pytest.approx(truth[side], rel=0.02)
    segments = {lesion.label: int(lesion.segment[1]) for lesion in demo_scan.lesions}
    for lesion in found.lesions:
        inside = np.bincount(demo_scan.lesion_labels.array[found.labels == lesion.id])
        assert abs(lesion.segment - segments[int(inside[1:].argmax()) + 1]) <= 1


def test_a_mirrored_patient_has_mirrored_sides(demo_scan):
    frame = demo_scan.ct.frame
    flipped_index = np.eye(4)
    flipped_index[0, 0], flipped_index[0, 3] = -1, frame.size[0] - 1
    # Mirrored anatomy, stored again with a right-handed frame.
    mirrored = Frame(np.diag([-1.0, 1.0, 1.0, 1.0]) @ frame.affine @ flipped_index, frame.size)
    ct = Volume(np.ascontiguousarray(demo_scan.ct.array[:, :, ::-1]), mirrored)
    mask = np.ascontiguousarray(demo_scan.icac.array[:, :, ::-1]) > 0
    reference = load_reference()
    courses = register(ct, reference).scan_courses(reference.courses)
    lesions = find_lesions(mask, ct, mask.astype(np.float32), courses).lesions
    truth = true_side_volumes(demo_scan)
    right = sum(lesion.volume_mm3 for lesion in lesions if lesion.side is Side.RIGHT)
    assert right == pytest.approx(truth[Side.LEFT], rel=0.02)


def test_voxel_order_does_not_matter(result, demo_scan, tmp_path):
    """The same scan stored feet last and with x to the right gives the same probability in every voxel."""
    frame = demo_scan.ct.frame
    flip = np.diag([-1.0, 1.0, -1.0, 1.0])
    flip[0, 3], flip[2, 3] = frame.size[0] - 1, frame.size[2] - 1
    stored = Volume(np.ascontiguousarray(demo_scan.ct.array[::-1, :, ::-1]), Frame(frame.affine @ flip, frame.size))
    other = segment_scan(as_scan(stored, tmp_path), CPU)
    np.testing.assert_allclose(other.probability[::-1, :, ::-1], result.content.probability, atol=0.005)
    assert dice(other.mask[::-1, :, ::-1], result.content.mask) > 0.99


def test_the_whole_crop_contains_what_the_carotid_region_finds(result, demo_scan, tmp_path):
    crop = segment_scan(as_scan(demo_scan.ct, tmp_path), replace(CPU, region="crop"))
    both = crop.mask & result.content.mask
    assert np.count_nonzero(both) > 0.99 * np.count_nonzero(result.content.mask)
    assert any("learnt near the carotid arteries only" in warning for warning in crop.warnings)


@pytest.fixture
def uncertain(monkeypatch):
    """Have the registration of the demo scan doubted."""
    monkeypatch.setattr("icac.pipeline.register", lambda *scan: replace(register(*scan), quality=0.5))


def test_an_uncertain_registration_widens_the_region_of_networks_that_learnt_there(demo_scan, tmp_path, uncertain):
    torch.manual_seed(1)
    config = FcnConfig(width=1)
    scaling = IntensityScaling(-200, 1000, 400, 600)
    spec = ModelSpec("tiny", "1", "drawn at random", config, scaling, "none", "none", True)
    package = save_package(tmp_path / "tiny", spec, FCN(config).state_dict())
    assert segment_scan(as_scan(demo_scan.ct, tmp_path), CPU, package=package).region == "crop"


def test_networks_that_are_told_the_position_stay_near_the_arteries(demo_scan, tmp_path, result, uncertain):
    assert default_model().spec.architecture.position
    doubted = segment_scan(as_scan(demo_scan.ct, tmp_path), CPU)
    assert doubted.region == "carotid"
    np.testing.assert_array_equal(doubted.mask, result.content.mask)
    assert not any("learnt near" in warning for warning in doubted.warnings)


def test_small_lesions_go_only_on_request(result, demo_scan, tmp_path):
    smallest = min(lesion.volume_mm3 for lesion in result.content.lesions)
    largest = max(lesion.volume_mm3 for lesion in result.content.lesions)
    assert smallest < largest
    fewer = segment_scan(as_scan(demo_scan.ct, tmp_path), replace(CPU, min_volume_mm3=largest))
    assert len(fewer.lesions) == 1


def test_provenance_is_complete(result):
    content = result.content
    assert len(content.model.checksum) == 64
    assert "simulated" in content.model.notice
    assert content.registration.quality > 0.75
    assert {"check", "align", "load_model", "segment", "measure"} <= set(content.seconds)


@pytest.mark.parametrize("wrong", [{"threshold": 1.5}, {"threshold": 0.0}, {"region": "brain"},
                                   {"harmonise": "much"}, {"lesion_threshold": 1.0}, {"min_volume_mm3": float("nan")}])
def test_wrong_settings_are_refused_before_anything_is_read(wrong):
    with pytest.raises(InputError, match=r"^(The threshold|The lesion threshold|The region|Harmonisation|The smallest "
                                         r"volume of a lesion) is .*\.$"):
        segment("nowhere", **wrong)


def test_unknown_model_is_one_sentence(demo_scan, tmp_path):
    with pytest.raises(ModelError, match="no-such-model"):
        segment_scan(as_scan(demo_scan.ct, tmp_path), Settings(model="no-such-model"))
