"""``icac model gate``: a gate from training cases, in the package that it is written to, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from icac.cli import main
from icac.inference import load_engine
from icac.models import ModelPackage
from icac.network import FCN, FcnConfig
from icac.training.calibration.usual_scans import features_of_case

from Testing.icac.network.small import tiny_package

CONFIG = FcnConfig(width=1, position=True)


@pytest.fixture
def package(tmp_path) -> ModelPackage:
    torch.manual_seed(5)
    return tiny_package(tmp_path, FCN(CONFIG).eval())


@pytest.fixture
def manifest(tmp_path):
    """Ten cases of ten people, each of noise of its own, and one that repeats a person."""
    rows = ["case,split,patient"]
    for number in range(11):
        hu = np.random.default_rng(number).normal(20 * number, 30, (20, 24, 28)).astype(np.int16)
        np.savez_compressed(tmp_path / f"case{number}.npz", hu=hu, label=np.zeros(hu.shape, np.uint8))
        rows.append(f"case{number},train,p{number % 10}")
    (tmp_path / "manifest.csv").write_text("\n".join(rows))
    return tmp_path / "manifest.csv"


def test_a_gate_is_fitted_on_training_cases_and_kept_in_the_package(package, manifest, tmp_path, capsys):
    assert main(["model", "gate", str(package.folder), "--data", str(manifest), "--false-alarms", "0.1",
                 "--progress", "none", "--device", "cpu", "-o", str(tmp_path / "gated")]) == 0
    assert "11 usual scans of 10 people; 10.0% of such scans lie farther than" in capsys.readouterr().out
    gated = ModelPackage.load(tmp_path / "gated")
    assert (gated.gate.scans, gated.gate.patients, gated.gate.fitted_on) == (11, 10, "11 training cases")
    assert gated.spec == package.spec and package.gate is None
    features = features_of_case(manifest.parent / "case3.npz", package, load_engine(package, device="cpu"))
    assert features.shape == gated.gate.mean.shape == (CONFIG.coarsest_features,)
    assert not gated.gate.novelty_of(features).is_unlike
    assert gated.gate.novelty_of(gated.gate.mean + 100 * np.sqrt(np.diag(gated.gate.covariance))).is_unlike


@pytest.mark.parametrize(("more", "said"), [
    ([], "needs at least 100 scans, and these are 11"),
    (["--most", "3"], "needs scans of at least 10 people, and these are of"),
    (["--most", "0"], "--most must be at least 1, not 0"),
])
def test_too_few_are_refused_in_a_sentence_and_nothing_is_written(package, manifest, tmp_path, capsys, more, said):
    assert main(["model", "gate", str(package.folder), "--data", str(manifest), "--progress", "none", "--device", "cpu",
                 "-o", str(tmp_path / "gated"), *more]) == 3
    assert said in capsys.readouterr().err and not (tmp_path / "gated").exists()


def test_a_folder_without_scans_is_refused(package, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert main(["model", "gate", str(package.folder), "--data", str(tmp_path / "empty"), "--progress", "none",
                 "-o", str(tmp_path / "gated")]) == 3
    assert "holds no DICOM" in capsys.readouterr().err
