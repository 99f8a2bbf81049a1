import os
import signal
import subprocess
import sys
import time

import pytest
import torch
from icac.errors import InputError
from icac.models import ModelPackage
from icac.progress import Silent
from icac.training.engine.checkpoint import load_checkpoint
from icac.training.engine.loop import Trainer
from icac.training.engine.setup import Run
from icac.training.settings.read import read_config
from icac.trainingset.cases import read_case
from icac.trainingset.manifest import read_manifest
from icac.trainingset.prepare import prepare_cases
from lightning.fabric import Fabric


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def start(folder, data, settings, progress=None, preset="release") -> Trainer:
    folder.mkdir(exist_ok=True)
    fabric = Fabric(accelerator="cpu", devices=1)
    fabric.launch()
    progress = progress or Silent()
    return Trainer(Run(read_config(preset, settings), read_manifest(data), folder, fabric, progress), progress)


@pytest.fixture(scope="module")
def uninterrupted(tiny_data, tiny_settings, tmp_path_factory):
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("whole")
    assert start(folder, tiny_data, tiny_settings).train()
    return folder


def same(a, b) -> bool:
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b


def assert_same_run(one, other):
    for name in ("last.pt", "best.pt"):
        first, second = load_checkpoint(one / name), load_checkpoint(other / name)
        for state in (first, second):
            state.get("state", {}).pop("seconds", None)
        assert same(first, second), name
    steps = [(folder / "validation.csv").read_text() for folder in (one, other)]
    assert steps[0] == steps[1]


GUIDED = {"loss": {"artery": 0.5}, "sampling": {"output_size": (24, 24, 12), "padded": True, "within_region": False}}


def test_padded_and_taught_the_artery_resumes_and_keeps_that_output(tiny_data, tiny_settings, tmp_path):
    """One case of the data has no artery: it is learnt from all the same."""
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    trainer = start(whole, tiny_data, tiny_settings | GUIDED)
    learnt = trainer._run.network.stages["classifier"].score.conv.weight
    before = learnt.detach().clone()
    assert trainer.train()
    assert (before != learnt).flatten(1).any(dim=1).tolist() == [True, True], "of ICAC and of the artery"
    assert not trainer._run.network.padded, "judged as it is used"
    assert len(load_checkpoint(whole / "best.pt")["network"]["stages.classifier.norm.weight"]) == 2
    assert start(parts, tiny_data, tiny_settings | GUIDED, Interrupting(signal.SIGTERM)).train() is False
    assert start(parts, tiny_data, tiny_settings | GUIDED).train()
    assert_same_run(parts, whole)


class Interrupting:
    """Sends this process a signal at the first report of the training of a run."""

    def __init__(self, number: int) -> None:
        self._number = number

    def update(self, stage: str, fraction: float, message: str = "") -> None:
        if self._number and stage != "preparing scans":
            os.kill(os.getpid(), self._number)
            self._number = 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_resumed_run_equals_uninterrupted(tiny_data, tiny_settings, tmp_path, uninterrupted, number):
    first = start(tmp_path, tiny_data, tiny_settings, Interrupting(number))
    assert first.train() is False
    assert 0 < first.state.step < 6
    second = start(tmp_path, tiny_data, tiny_settings)
    assert second.state.step == first.state.step
    assert second.train() is True
    assert second.state.step == 6
    assert_same_run(tmp_path, uninterrupted)


def command_line(data, folder, repository) -> tuple[list[str], dict[str, str]]:
    """The tiny settings as a command, and its environment."""
    command = [sys.executable, "-m", "icac", "train", "release", "--data", str(data), "-o", str(folder),
               "--threads", "1", "--device", "cpu"]
    settings = {"network.width": 1, "network.dropout": "before_addition", "epochs": 2, "steps_per_epoch": 3,
                "sampling.output_size": [12, 8, 4], "sampling.padded": "false", "validation.every_epochs": 1,
                "checkpoint_minutes": 0, "recalibration_patches": 2}
    for name, value in settings.items():
        command += ["--set", f"{name}={value}"]
    return command, os.environ | {"PYTHONPATH": str(repository / "ICACSegmentation")}


#: The command line, which waits to be killed once it has written a checkpoint: 6 steps are quickly over.
WAITING = """
import sys, time
from icac.cli import main
from icac.training.engine import loop

save_checkpoint = loop.save_checkpoint

def save_and_wait(*arguments):
    save_checkpoint(*arguments)
    time.sleep(600)

loop.save_checkpoint = save_and_wait
main(sys.argv[1:])
"""


def test_killed_run_goes_on(tiny_data, tiny_settings, tmp_path, uninterrupted, repository):
    folder = tmp_path / "run"
    (python, _, _, *arguments), environment = command_line(tiny_data, folder, repository)
    process = subprocess.Popen([python, "-c", WAITING, *arguments], env=environment, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    while not (folder / "last.pt").exists():
        assert process.poll() is None, process.stderr.read().decode()
        time.sleep(0.005)
    process.kill()
    process.communicate()
    assert load_checkpoint(folder / "last.pt")["state"]["step"] < 6
    trainer = start(folder, tiny_data, tiny_settings)
    assert 0 < trainer.state.step < 6
    assert trainer.train()
    assert_same_run(folder, uninterrupted)


def test_two_processes_train_together(tiny_data, tmp_path, repository):
    folder = tmp_path / "run"
    command, environment = command_line(tiny_data, folder, repository)
    # One of the cases does not know its arteries: a process that left them out would keep the other waiting.
    command += ["--devices", "2", "--set", "loss.artery=0.5", "--set", "sampling.padded=true",
                "--set", "sampling.output_size=[24,24,12]"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert load_checkpoint(folder / "last.pt")["state"]["step"] == 6
    assert ModelPackage.load(folder / "model").spec.metrics["training"]["processes"] == 2
    assert done.stderr.count("finished: model package") == 1


def test_two_processes_end_at_the_same_time(tiny_data, tmp_path, repository):
    """The clock of the first counts for both, also while it writes its records."""
    folder = tmp_path / "run"
    command, environment = command_line(tiny_data, folder, repository)
    command += ["--devices", "2", "--minutes", "0.03"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert load_checkpoint(folder / "last.pt")["state"]["validations"] > 0
    assert (folder / "training.csv").read_text().count("\n") > 1


def test_other_settings_are_refused(tiny_data, tiny_settings, uninterrupted):
    with pytest.raises(InputError, match="other settings or data"):
        start(uninterrupted, tiny_data, tiny_settings | {"seed": 2})


def test_damaged_checkpoint_is_named(tiny_data, tiny_settings, tmp_path):
    (tmp_path / "last.pt").write_bytes(b"half")
    with pytest.raises(InputError, match=r"last\.pt: this checkpoint is damaged"):
        start(tmp_path, tiny_data, tiny_settings)


def test_workers_give_the_same_patches(tiny_data, tiny_settings, tmp_path, uninterrupted):
    trainer = start(tmp_path, tiny_data, tiny_settings | {"workers": 1})
    assert trainer.train()
    assert_same_run(tmp_path, uninterrupted)


def test_time_budget_ends_the_run_with_the_schedule(tiny_data, tiny_settings, tmp_path):
    settings = {key: value for key, value in tiny_settings.items() if key != "epochs"}
    settings |= {"minutes": 0.02, "validation": {"every_epochs": None, "every_share": 0.5}}
    trainer = start(tmp_path, tiny_data, settings)
    assert trainer.train()
    last = (tmp_path / "training.csv").read_text().splitlines()[-1].split(",")
    columns = (tmp_path / "training.csv").read_text().splitlines()[0].split(",")
    assert int(last[0]) == trainer.state.step > 0
    assert float(last[columns.index("learning_rate")]) < 3e-3
    assert trainer.state.best_step > 0


def test_preset_of_2017_trains(tiny_data, tiny_settings, tmp_path):
    trainer = start(tmp_path, tiny_data, tiny_settings, preset="bortsova2017")
    assert trainer._run.dataset[0]["mask"].any()
    before = {name: value.clone() for name, value in trainer._run.network.state_dict().items()}
    assert trainer.train()
    after = trainer._run.network.state_dict()
    assert all(torch.isfinite(value).all() for value in after.values())
    assert not torch.equal(before["stages.stem.weight"], after["stages.stem.weight"])


#: Two of the three training cases have no label.
TAUGHT = {"ema": 0.9, "unlabelled": {"method": "mean_teacher", "ramp_share": 0.5}}


@pytest.fixture
def partly_drawn(tiny_data, tmp_path):
    rows = ["case,split,image,drawn", *(f"case{n},{split},{tiny_data / f'case{n}.npz'},{drawn}" for n, split, drawn in (
        (0, "train", ""), (1, "train", "none"), (2, "train", "none"), (3, "validation", "")))]
    (tmp_path / "partly.csv").write_text("\n".join(rows))
    return tmp_path / "partly.csv"


def test_a_mean_teacher_is_the_average_and_a_run_resumes_with_it(partly_drawn, tiny_settings, tmp_path):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    trainer = start(whole, partly_drawn, tiny_settings | TAUGHT)
    assert trainer.train()
    kept = load_checkpoint(whole / "last.pt")["average"]["values"]
    for name, value in trainer._run.teacher.network.state_dict().items():
        assert torch.equal(value, kept[name]), name
    learnt = (whole / "training.csv").read_text().splitlines()
    assert "inconsistency" in learnt[0].split(",")
    assert start(parts, partly_drawn, tiny_settings | TAUGHT, Interrupting(signal.SIGTERM)).train() is False
    resumed = start(parts, partly_drawn, tiny_settings | TAUGHT)
    stopped = load_checkpoint(parts / "last.pt")["average"]["values"]
    assert all(torch.equal(value, stopped[name]) for name, value in resumed._run.teacher.network.state_dict().items())
    assert resumed.train()
    assert_same_run(parts, whole)


def test_cases_without_a_label_teach_by_the_teacher_alone(partly_drawn, tiny_settings, tmp_path):
    """No patch whose label counts is cut from them, and neither their ICAC nor their arteries are known."""
    run = start(tmp_path / "run", partly_drawn, tiny_settings | TAUGHT)._run
    assert run.index.with_icac == [0]
    labels = [read_case(prepared(run, number)) for number in (1, 2)]
    assert all((case.label == 255).all() and case.artery is None for case in labels)
    assert {run.dataset._sampler.case_of(number) for number in range(30)} == {0}
    assert run.steps_per_epoch == 3


def prepared(run, number):
    return prepare_cases([run.manifest.of_split("train")[number]], run.folder / "cases", Silent())[0]


@pytest.mark.parametrize(("settings", "words"), [
    ({}, r"nothing was drawn on 2 of the training cases; learn from them with unlabelled\.method=mean_teacher"),
    ({"unlabelled": {"method": "mean_teacher"}, "ema": None}, "ema=0.99")])
def test_cases_without_a_label_need_a_method(partly_drawn, tiny_settings, tmp_path, settings, words):
    with pytest.raises(InputError, match=words):
        start(tmp_path / "run", partly_drawn, tiny_settings | settings)


def test_a_mean_teacher_needs_cases_without_a_label(tiny_data, tiny_settings, tmp_path):
    with pytest.raises(InputError, match="no training case with none in the column 'drawn'"):
        start(tmp_path / "run", tiny_data, tiny_settings | TAUGHT)
