import numpy as np
import pytest
from icac.cli import main
from icac.models import IntensityScaling, ModelSpec, default_model, save_package
from icac.network import FCN, FcnConfig
from icac.training.patches.wrong_voxels import read_wrong_voxels
from icac.trainingset.cases import read_case


@pytest.mark.parametrize(("threshold", "some"), [(0.001, True), (0.999, False)])
def test_all_dense_voxels_beside_the_truth_are_found_where_a_model_takes_everything(
        cohort, small_block, tmp_path, capsys, threshold, some):
    config = FcnConfig(width=1)
    spec = ModelSpec("tiny", "1", "undecided", config, IntensityScaling(-200, 1000, 400, 600), "none", "none", True,
                     threshold=threshold)
    zero = {name: value * 0 for name, value in FCN(config).state_dict().items()}
    model = save_package(tmp_path / "tiny", spec, zero).folder
    made = tmp_path / "false.npz"
    assert main(["study", "mine", str(model), "--data", str(cohort), "-o", str(made), "--device", "cpu"]) == 0
    found = read_wrong_voxels(made, ["case0", "case1", "case2", "case3"])
    assert not len(found[3]), "validation cases are not mined"
    assert all(bool(len(positions)) is some for positions in found[:3])
    for number, positions in enumerate(found[:3]):
        case = read_case(cohort / f"case{number}.npz")
        voxels = tuple((positions + np.array(case.hu.shape) // 2).T)
        assert (case.hu[voxels] >= 130).all()
        assert not case.label[voxels].any()
    count = sum(map(len, found))
    assert f"{count:,} false voxels in {3 if some else 0} of 3 training cases" in capsys.readouterr().out


@pytest.mark.parametrize("study", ["mine", "repeat-worst"])
def test_neither_manifest_nor_scans_are_written_over(cohort, capsys, study):
    for read in ("manifest.csv", "case0.npz"):
        before = (cohort / read).read_bytes()
        assert main(["study", study, default_model().spec.name, "--data", str(cohort), "-o", str(cohort / read),
                     "--device", "cpu"]) == 7
        assert (cohort / read).read_bytes() == before
        assert "is what is to be read" in capsys.readouterr().err


def test_missed_icac_is_mined_where_it_is_asked_for(cohort, small_block, tmp_path, capsys):
    config = FcnConfig(width=1)
    spec = ModelSpec("tiny", "1", "undecided", config, IntensityScaling(-200, 1000, 400, 600), "none", "none", True,
                     threshold=0.999)
    zero = {name: value * 0 for name, value in FCN(config).state_dict().items()}
    model = save_package(tmp_path / "tiny", spec, zero).folder
    made = tmp_path / "wrong.npz"
    assert main(["study", "mine", str(model), "--data", str(cohort), "-o", str(made), "--device", "cpu",
                 "--missed"]) == 0
    case, found = read_case(cohort / "case0.npz"), read_wrong_voxels(made, ["case0"])[0]
    voxels = tuple((found + np.array(case.hu.shape) // 2).T)
    assert len(found)
    assert (case.label[voxels] % 2 == 1).all()
    assert "false and missed voxels" in capsys.readouterr().out
