"""The command line as a user or a script meets it: exit codes, sentences, progress, interruption."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from icac.ct import write_volume
from icac.geometry import Volume


def icac(*arguments: object, **options: object) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "icac", *map(str, arguments)], text=True, capture_output=True,
                          env=environment(), **options)


def environment() -> dict[str, str]:
    import icac

    return {**os.environ, "PYTHONPATH": str(Path(icac.__file__).parents[1])}


def heed_ctrl_c() -> None:
    """Undo that a runner in the background made its children ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture(scope="session")
def demo_file(demo_scan, tmp_path_factory) -> Path:
    return write_volume(demo_scan.ct, tmp_path_factory.mktemp("demo") / "Kopf é.nrrd")


def test_help_is_light():
    code = ("import sys; import icac.cli as c; c.build_parser(); "
            "print([m for m in ('torch', 'SimpleITK', 'scipy', 'pydicom', 'PIL', 'numpy') if m in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, env=environment(), check=True)
    assert done.stdout.strip() == "[]"


def test_segment_loads_nothing_that_it_does_not_need(tmp_path):
    """Of a file that turns out to be none, so that all but the computation has been loaded."""
    scan = tmp_path / "ct.nrrd"
    scan.write_text("no scan")
    code = ("import sys; from icac.cli import main; print(main(sys.argv[1:])); "
            "print([m for m in ('torch', 'scipy.stats', 'pydicom', 'matplotlib', 'dask') if m in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code, "segment", scan, "-o", tmp_path / "out", "--engine", "openvino"],
                          text=True, capture_output=True, env=environment(), check=True)
    assert done.stdout.splitlines()[-2:] == ["3", "[]"], done.stdout


def test_help_documents_exit_codes():
    done = icac("--help")
    assert done.returncode == 0
    for words in ("3 the input cannot be used", "130 stopped by Ctrl-C", "Research use only"):
        assert words in done.stdout


def test_segment_writes_results_and_json_progress(demo_file, tmp_path):
    done = icac("segment", demo_file, "-o", tmp_path / "résults", "--progress", "json", "--save-probability",
                "--device", "cpu")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    fractions = [line["fraction"] for line in lines]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    assert lines[0]["stage"] == "Read"
    names = {path.name for path in (tmp_path / "résults").iterdir()}
    assert names == {"icac.nii.gz", "icac.seg.nrrd", "lesions.csv", "overview.png", "report.json",
                     "probability.nii.gz"}
    mask = Volume.from_sitk(sitk.ReadImage(str(tmp_path / "résults" / "icac.nii.gz")))
    ct = Volume.from_sitk(sitk.ReadImage(str(demo_file)))
    assert mask.frame.matches(ct.frame, 0.01)
    record = json.loads((tmp_path / "résults" / "report.json").read_text(encoding="utf-8"))
    assert record["totals"]["volume_mm3"] == pytest.approx(
        np.count_nonzero(mask.array) * ct.frame.voxel_volume_mm3, rel=1e-3)


@pytest.mark.parametrize(("arguments", "code", "words"), [
    (["nowhere.nii.gz"], 3, "nowhere.nii.gz"),
    (["{ct}", "--model", "no-such-model"], 5, "no-such-model"),
    (["{ct}", "--threshold", "2"], 3, "between 0 and 1"),
])
def test_mistakes_end_in_one_sentence(demo_file, tmp_path, arguments, code, words):
    arguments = [a.format(ct=demo_file) for a in arguments]
    done = icac("segment", *arguments, "-o", tmp_path / "out", "--progress", "none")
    assert done.returncode == code
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_output_that_is_a_file_is_refused_at_once(demo_file, tmp_path):
    (tmp_path / "out").write_text("mine")
    done = icac("segment", demo_file, "-o", tmp_path / "out")
    assert done.returncode == 7
    assert (tmp_path / "out").read_text() == "mine"


def test_a_missing_device_is_never_replaced(demo_file, tmp_path):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU here, so asking for it succeeds")
    done = icac("segment", demo_file, "-o", tmp_path / "out", "--device", "cuda", "--progress", "none")
    assert done.returncode == 6
    assert "--device cpu" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C reaches a child process differently on Windows")
def test_ctrl_c_leaves_nothing_half_written(demo_file, tmp_path):
    child = subprocess.Popen([sys.executable, "-m", "icac", "segment", str(demo_file), "-o", str(tmp_path / "out"),
                              "--progress", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             env=environment(), preexec_fn=heed_ctrl_c)
    while '"Align"' not in child.stdout.readline():
        assert child.poll() is None
    child.send_signal(signal.SIGINT)
    _, message = child.communicate(timeout=600)
    assert child.returncode == 130
    assert message.strip().splitlines()[-1].startswith("icac: stopped")
    assert not (tmp_path / "out").exists()


def test_demo_runs_the_whole_way(demo_run):
    done, folder = demo_run
    assert done.returncode == 0, done.stderr
    assert {"simulated_ct.nii.gz", "simulated_truth.nii.gz", "report.json", "overview.png"} <= {
        path.name for path in folder.iterdir()}
    assert "Simulated truth" in done.stdout
    assert "simulated scans; research use only" in done.stdout
