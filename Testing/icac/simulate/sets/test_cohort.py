from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import icac
import numpy as np
import pydicom
import pytest
from icac.cli import main
from icac.ct import read_ct
from icac.ct.harmonise import Harmonisation
from icac.errors import InputError
from icac.evaluation.cases.find_cases import cases_of_folders
from icac.geometry import Frame
from icac.phantom import HeadParameters
from icac.simulate.cases import cohort_case
from icac.simulate.cases import simulated_patient as patient
from icac.simulate.cases.cohort_case import CohortCase, simulate_case
from icac.simulate.scanner.acquisition import draw_acquisition
from icac.simulate.sets import cohort
from icac.simulate.sets.case_files import write_case
from icac.simulate.sets.cohort import Plan, write_cohort
from icac.simulate.truth import as_measured
from icac.trainingset.manifest import read_manifest

SMALL = Frame.regular((1, 1, 1), (44, 30, 16), center=(0, 0, 0))


#: What the cohort of :func:`made` is of.
PLAN = Plan(3, "stroke", "nifti")


@pytest.fixture(scope="module", autouse=True)
def quick(uniform_head):
    """Scan 16 mm of a head of uniform tissue."""
    def head(rng):
        made = uniform_head()
        made.parameters = HeadParameters(seed=int(rng.integers(1000)))
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(patient, "sample_head", head)
        patch.setattr(cohort_case, "scan_range", lambda protocol: SMALL)
        patch.setattr(cohort, "split_of_head", lambda number: ("train", "validation")[number % 2])
        yield


@pytest.fixture(scope="module")
def made(quick, tmp_path_factory) -> Path:
    """Return a cohort of two cases, which nobody changes."""
    folder = tmp_path_factory.mktemp("made")
    write_cohort(folder, 2, PLAN)
    return folder


def uneven_case(dicom: bool) -> CohortCase:
    """Simulate a scan that is tilted and has two blocks of slices."""
    def draw(rng, protocol, style="usual"):
        drawn = draw_acquisition(rng, protocol, style)
        return replace(drawn, thickness_mm=2.0, increment_mm=2.0, later_increment_mm=3.1, tilt_deg=14.0,
                       block_break_mm=0.0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cohort_case, "draw_acquisition", draw)
        return simulate_case(np.random.default_rng(5), "stroke", dicom)


@pytest.fixture(scope="module")
def uneven(quick) -> dict[bool, CohortCase]:
    """Return the same uneven scan as it is written as DICOM (True) and as an image (False)."""
    return {dicom: uneven_case(dicom) for dicom in (False, True)}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def rows(table: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))


def test_what_no_observer_sees_is_listed_but_not_icac(tmp_path):
    rng = np.random.default_rng(3)
    case = simulate_case(rng, "stroke", dicom=False)
    while sum(lesion.visible for lesion in case.lesions) < 2:
        case = simulate_case(rng, "stroke", dicom=False)
    hidden, kept = [lesion for lesion in case.lesions if lesion.visible][:2]
    lesions = [replace(lesion, visible=lesion is not hidden and lesion.visible) for lesion in case.lesions]
    record = write_case(tmp_path, "a", replace(case, lesions=tuple(lesions)), dicom=False, origin={})
    labels = read_ct(tmp_path / "a" / record["files"]["labels"]).volume.array
    assert hidden.label not in labels
    assert np.count_nonzero(labels == kept.label) == kept.voxels
    assert record["volume_mm3"]["not_visible"] == pytest.approx(hidden.volume_mm3)
    assert len(record["lesions"]) == len(lesions)


def test_cases_have_files_truth_and_a_row(made):
    written = rows(made / cohort.TABLE)
    assert len(written) == 2
    for row in written:
        folder = made / row["case"]
        record = json.loads((folder / "truth.json").read_text())
        ct, labels, roi = (read_ct(folder / record["files"][name]).volume for name in ("ct", "labels", "roi"))
        assert ct.frame.matches(labels.frame)
        assert ct.frame.matches(roi.frame)
        np.testing.assert_array_equal((roi.array > 0) & (ct.array >= 130), labels.array > 0)
        volume = np.count_nonzero(labels.array) * labels.frame.voxel_volume_mm3
        assert float(row["volume_mm3"]) == record["volume_mm3"]["total"] == pytest.approx(volume, rel=1e-3, abs=0.01)
        left = ct.frame.to_lps(np.argwhere(labels.array > 0)[:, ::-1])
        rest = np.linalg.inv(record["acquisition"]["head_to_scan"])
        left = np.count_nonzero((left @ rest[:3, :3].T + rest[:3, 3])[:, 0] > 0) * labels.frame.voxel_volume_mm3
        assert record["volume_mm3"]["left"] == pytest.approx(left, rel=1e-3, abs=0.01)
        segments = sum(v for side in record["volume_mm3"]["segments"].values() for v in side.values())
        assert segments == pytest.approx(record["volume_mm3"]["total"], abs=0.01)
        assert {"kernel", "noise_sd", "kv", "tilt_deg", "pixel_mm"} <= set(record["acquisition"])
        assert all({"name", "side", "centre_lps_mm"} <= set(mimic) for mimic in record["mimics"])


@pytest.mark.parametrize("dicom", [False, True])
def test_the_truth_is_that_of_the_scan_as_it_is_measured(monkeypatch, uneven, dicom):
    """The blur is given here: there is no edge to measure in a uniform head. Slices are uneven and tilted."""
    stored = uneven[dicom]
    blur = Harmonisation(blur_sd_mm=(0.35, 0.35, 0.3))
    monkeypatch.setattr(as_measured, "plan_harmonisation", lambda ct, pose: blur)
    case = uneven_case(dicom)
    np.testing.assert_array_equal(case.ct.array, stored.ct.array, "files hold the scan as it was made")
    measured, icac = blur.applied(case.ct).array, case.icac.array > 0
    assert icac.any() and (measured[icac] >= 130).all()
    np.testing.assert_array_equal((case.roi.array > 0) & (measured >= 130), icac)
    shared = np.count_nonzero(icac & (stored.icac.array > 0))
    assert 0.5 * icac.sum() < shared < np.count_nonzero(icac | (stored.icac.array > 0))
    assert sum(lesion.voxels for lesion in case.lesions) == np.count_nonzero(case.labels.array)


@pytest.mark.parametrize("seed", [3, 2])
def test_same_seed_same_files_and_a_longer_cohort_begins_with_the_shorter(made, tmp_path, seed):
    write_cohort(tmp_path, 1, replace(PLAN, seed=seed))
    same = contents(tmp_path / "case00000") == contents(made / "case00000")
    assert same == (seed == PLAN.seed)


def test_protocols_of_a_mixed_cohort_depend_on_seed_and_number_alone(tmp_path):
    few, more, others = ([job.protocol for job in cohort._jobs(tmp_path, Plan(seed, "mixed", "nifti"), n)]
                         for seed, n in ((1, 10), (1, 30), (2, 30)))
    assert set(more) == {"rotterdam", "stroke", "routine"}
    assert few == more[:10] and more != others


def test_the_same_case_has_the_same_dicom_files(uneven, tmp_path):
    for name in "ab":
        write_case(tmp_path / name, "case", uneven[True], dicom=True, origin={})
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert len(list((tmp_path / "a").rglob("*.dcm"))) == len(uneven[True].slices.positions)


def test_a_cohort_is_a_manifest_and_a_set_of_truths(made):
    first, second = read_manifest(made / cohort.TABLE).cases
    assert (first.split, second.split) == ("train", "validation")
    assert first.image.name.startswith("ct.")
    assert first.roi.name.startswith("roi.")
    assert [found.name for found in cases_of_folders(made, made)] == ["case00000", "case00001"]


def test_complete_cases_are_kept_and_broken_ones_made_again(made, tmp_path):
    folder = Path(shutil.copytree(made, tmp_path / "cohort"))
    kept = (folder / "case00000" / "ct.nii.gz").stat().st_mtime_ns
    (folder / "case00001" / "roi.nii.gz").unlink()
    (folder / ".icac-partial-x").mkdir()
    write_cohort(folder, 2, PLAN)
    assert contents(folder) == contents(made)
    assert (folder / "case00000" / "ct.nii.gz").stat().st_mtime_ns == kept
    assert not (folder / ".icac-partial-x").exists()


@pytest.mark.parametrize(("change", "word"), [({"seed": 2}, "seed 3, not 2"), ({"protocol": "routine"}, "protocol"),
                                              ({"format": "dicom"}, "format")])
def test_a_folder_holds_one_cohort(made, change, word):
    before = contents(made)
    with pytest.raises(InputError, match=word):
        write_cohort(made, 2, replace(PLAN, **change))
    assert contents(made) == before


def test_a_cohort_of_another_version_is_not_mixed(made, monkeypatch):
    before = contents(made)
    monkeypatch.setattr(cohort, "__version__", "99.0")
    with pytest.raises(InputError, match="icac version"):
        write_cohort(made, 2, PLAN)
    assert contents(made) == before


def test_dicom_is_read_as_the_truth_says_and_holds_no_patient(tmp_path, uneven):
    record = write_case(tmp_path, "case00000", uneven[True], dicom=True, origin={})
    folder = tmp_path / "case00000"
    scan = read_ct(folder / "ct")
    labels = read_ct(folder / record["files"]["labels"]).volume
    assert "tilted by 14.0 degrees and unevenly spaced" in scan.corrections[0]
    assert scan.volume.frame.matches(labels.frame)
    assert labels.array.any()
    assert (scan.volume.array[labels.array > 0] >= 130).all()
    header = pydicom.dcmread(folder / "ct" / "0001.dcm")
    assert (header.PatientID, header.PatientIdentityRemoved) == ("case00000", "YES")
    assert str(header.PatientName) == "SIMULATED^case00000"
    assert float(header.GantryDetectorTilt) == pytest.approx(14.0)


def test_uneven_slices_lie_where_the_head_is(uneven):
    """The calcifications of the slices, at the positions of the slices, lie on the drawn lesions."""
    case = uneven[True]
    heights = case.slices.positions @ case.slices.axes[:, 2]
    steps = np.round(np.diff(heights), 3)
    assert len(set(steps)) == 2
    assert steps.max() / steps.min() == pytest.approx(1.5, rel=2e-3)
    biggest = max(case.lesions, key=lambda lesion: lesion.voxels)
    points = case.ct.frame.to_lps(np.argwhere(case.labels.array == biggest.label)[:, ::-1])
    assert np.linalg.norm(points - biggest.centre_lps_mm, axis=1).min() < 3.0


def test_a_tilted_scan_is_not_bent_by_nifti(tmp_path, uneven):
    write_case(tmp_path, "case00000", uneven[False], dicom=False, origin={})
    assert (tmp_path / "case00000" / "ct.nrrd").is_file()
    assert read_ct(tmp_path / "case00000" / "ct.nrrd").volume.frame.is_sheared
    assert not list(tmp_path.rglob("*.nii.gz"))


def test_unusable_wishes_end_in_a_sentence(tmp_path, capsys):
    assert main(["simulate", "0", "-o", str(tmp_path / "x")]) == 3
    assert main(["simulate", "1"]) == 3
    assert main(["simulate", "1", "-o", str(tmp_path / "x"), "--format", "training", "--protocol", "stroke"]) == 3
    (tmp_path / "file").write_text("")
    assert main(["simulate", "1", "-o", str(tmp_path / "file")]) == 7
    assert main(["simulate", "1", "-o", str(tmp_path / "y"), "--background", str(tmp_path / "no.nii")]) == 3
    errors = capsys.readouterr().err.splitlines()
    sentences = [line for line in errors if line.startswith("icac: ")]
    assert len(sentences) == 5
    assert not (tmp_path / "x").exists()
    assert not list((tmp_path / "y").iterdir()), "another background may be tried in the same folder"


def test_ctrl_c_leaves_nothing_half_written(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(Path(icac.__file__).parents[1])}
    run = subprocess.Popen([sys.executable, "-m", "icac", "simulate", "4", "-o", str(tmp_path), "--workers", "2",
                            "--protocol", "rotterdam", "--progress", "plain"], env=environment, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           # A runner in the background makes its children ignore Ctrl-C.
                           preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    try:
        while not (tmp_path / "cohort.json").exists() and run.poll() is None:
            time.sleep(0.1)
        time.sleep(1.0)
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=120)
    finally:
        run.kill()
    assert run.returncode == 130
    assert "Traceback" not in errors
    assert not list(tmp_path.iterdir())


def test_what_observers_draw_lies_beside_a_case_that_is_else_the_same(made, tmp_path):
    plain, drawn = made / "case00000", tmp_path / "drawn" / "case00000"
    table = write_cohort(drawn.parent, 1, replace(PLAN, observers=3))
    for name in ("ct.nii.gz", "icac.nii.gz", "roi.nii.gz"):
        np.testing.assert_array_equal(read_image(plain / name), read_image(drawn / name))
    each = [read_image(drawn / f"observer{number}.nii.gz") for number in (1, 2, 3)]
    np.testing.assert_allclose(read_image(drawn / "observers_mean.nii.gz"), np.mean(each, axis=0), atol=1e-6)
    with table.open() as stream:
        row = next(csv.DictReader(stream))
    assert row["observer3"] == "case00000/observer3.nii.gz"
    with pytest.raises(InputError, match="holds a cohort with observers 3, not 0"):
        write_cohort(drawn.parent, 1, PLAN)


def read_image(path):
    import SimpleITK as sitk  # noqa: N813

    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))


def test_impossible_observers_are_refused():
    with pytest.raises(InputError, match="1 to 8 observers"):
        Plan(3, "stroke", "nifti", observers=9)
    with pytest.raises(InputError, match="simulated heads only"):
        Plan(3, "stroke", "nifti", ("head.nii.gz",), 2)
