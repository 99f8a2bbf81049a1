"""``icac explain`` on results on disk: a map on the voxels of an oblique scan, a picture, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from icac.air import OUTSIDE_HU
from icac.anatomy import Side
from icac.cli import main
from icac.ct import read_ct, write_volume
from icac.ct.images import read_image
from icac.geometry import Frame, Volume
from icac.lesions import find_lesions, measure_burden
from icac.models import IntensityScaling, ModelSpec, save_package
from icac.network import FCN, FcnConfig
from icac.reference import load_reference
from icac.registration.result import Registration
from icac.report import write_results
from icac.result import ModelIdentity, SegmentedScan

#: The reference head lies elsewhere and turned in the scan.
TO_SCAN = np.array([[0.98, 0.199, 0.0, 6.0], [-0.199, 0.98, 0.0, 12.0], [0.0, 0.0, 1.0, -9.0], [0, 0, 0, 1]])


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> SimpleNamespace:
    """A part of the reference head as an oblique scan with a plaque at the right siphon, its result, and a model."""
    folder, reference = tmp_path_factory.mktemp("explain"), load_reference()
    torch.manual_seed(3)
    config = FcnConfig(width=2, position=True, artery=True)
    scaling = IntensityScaling(-200, 1000, 400, 600)
    spec = ModelSpec("tiny", "1", "drawn at random", config, scaling, "none", "none", True)
    package = save_package(folder / "tiny", spec, FCN(config).eval().state_dict())
    courses = {side: course.transformed(TO_SCAN) for side, course in reference.courses.items()}
    right = courses[Side.RIGHT].points
    plaque = right[len(right) // 2]
    frame = Frame(np.array([[0.7, 0, 0, plaque[0] - 45], [0, 0.6, 0.3, plaque[1] - 50], [0, 0, 1.5, plaque[2] - 42],
                            [0, 0, 0, 1]]), (160, 140, 58))
    hu = reference.volume.resample(frame, np.linalg.inv(TO_SCAN), outside=OUTSIDE_HU).array.copy()
    i, j, k = np.rint(frame.to_index(plaque)).astype(int)
    mask = np.zeros(frame.shape, dtype=bool)
    mask[k - 1:k + 2, j - 2:j + 3, i - 1:i + 2] = True
    hu[mask] = 500
    ct = write_volume(Volume(np.rint(hu).astype(np.int16), frame), folder / "ct.nrrd")
    scan, probability = read_ct(ct), np.where(mask, 0.9, 0.0).astype(np.float32)
    found = find_lesions(mask, scan.volume, probability, courses)
    burden = measure_burden(found.lesions, scan.volume, probability, courses)
    result = SegmentedScan(scan, found.labels, probability, tuple(found.lesions), burden, courses,
                           Registration(TO_SCAN, 0.8, 1.0, None),
                           ModelIdentity("tiny", "1", package.spec.stored.sha256, "Drawn at random."), "CPU", 0.5)
    write_results(folder / "result", result)
    return SimpleNamespace(result=folder / "result", model=package.folder, ct=ct, frame=frame, mask=mask, folder=folder)


def run(*arguments: object) -> int:
    return main(["explain", *map(str, arguments), "--device", "cpu", "--progress", "none"])


def test_a_lesion_is_explained_on_the_voxels_of_the_scan(made, tmp_path, capsys):
    assert run(made.result, "--lesion", 1, "--model", made.model, "-o", tmp_path / "why") == 0
    assert sorted(path.name for path in (tmp_path / "why").iterdir()) == [
        "attribution-001.json", "attribution-001.nrrd", "attribution-001.png"], "a sheared frame is no NIfTI"
    volume = read_image(tmp_path / "why/attribution-001.nrrd", "nrrd").volume
    assert volume.frame.matches(made.frame)
    record = json.loads((tmp_path / "why/attribution-001.json").read_text(encoding="utf-8"))
    assert record["model"]["name"] == "tiny" and record["lesion"]["id"] == 1
    difference = record["score"] - record["baseline_score"]
    assert volume.array.sum() == pytest.approx(difference, rel=0.2), "but for the steps, and what lies beyond the scan"
    assert record["explained"] == pytest.approx(volume.array.sum() / difference, abs=1e-3)
    for shares in record["shares"].values():
        assert sum(shares.values()) == pytest.approx(1, abs=1e-3)
    assert "Spoke for ICAC" in capsys.readouterr().out
    seen_mm = np.abs(made.frame.to_lps(np.argwhere(volume.array)[:, ::-1])
                     - made.frame.to_lps(np.argwhere(made.mask)[:, ::-1]).mean(axis=0))
    assert seen_mm.max() < 35 and seen_mm[:, :2].max() > 15, "what the network sees from the lesion, and no more"


@pytest.mark.parametrize(("lesion", "others", "said"), [
    (7, (), "has no lesion 7: its lesions are numbered from 1 to 1"),
    (1, ("--ct", "nowhere.nrrd"), "nowhere.nrrd does not exist; give the scan of"),
    (1, ("--model", "icac-fcn8"), "was made by tiny 1, and the weights in"),
])
def test_what_cannot_be_explained_is_one_sentence(made, tmp_path, capsys, lesion, others, said):
    arguments = others if "--model" in others else (*others, "--model", made.model)
    assert run(made.result, "--lesion", lesion, "-o", tmp_path, *arguments) in (3, 5)
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_folder_without_result_is_refused(made, tmp_path, capsys):
    assert run(made.folder, "--lesion", 1, "-o", tmp_path) == 3
    assert "holds no result" in capsys.readouterr().err


def test_explanations_go_with_the_result_that_they_explain(made, tmp_path):
    from icac.result_files import USUAL_NAMES

    for name in ("attribution-002.json", "attribution-002.nii.gz", "attribution-x.json"):
        (tmp_path / name).touch()
    assert USUAL_NAMES.attributions_in(tmp_path) == ["attribution-002.json", "attribution-002.nii.gz"]
    assert USUAL_NAMES.attributions_in(Path(tmp_path / "none")) == []
