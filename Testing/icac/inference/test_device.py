from __future__ import annotations

import pytest
import torch
from icac.errors import DeviceError
from icac.inference import choose_device
from icac.inference import device as module


def test_the_cpu_is_described_with_its_threads():
    device = choose_device("cpu")
    assert device.name == "cpu"
    assert str(torch.get_num_threads()) in device.description


def test_auto_says_what_was_chosen_and_why():
    device = choose_device("auto")
    assert "chosen automatically" in device.description
    if not torch.cuda.is_available() and not torch.backends.mps.is_available():
        assert device.name == "cpu"
        assert "PyTorch" in device.description.split("automatically: ")[1]


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
@pytest.mark.parametrize("request_", ["cuda", pytest.param("mps", marks=pytest.mark.skipif(
    torch.backends.mps.is_available(), reason="this machine has an Apple GPU"))])
def test_a_device_asked_for_by_name_is_never_replaced(request_):
    with pytest.raises(DeviceError, match="--device cpu"):
        choose_device(request_)


def test_an_unknown_device_is_refused():
    with pytest.raises(DeviceError, match="tpu"):
        choose_device("tpu")


@pytest.fixture
def gpu(monkeypatch):
    """Let torch report a GPU; whether it really computes is found out by the trial."""
    monkeypatch.setattr(torch.version, "cuda", "12.8")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Test 3000")
    return monkeypatch


def test_a_working_gpu_is_taken_and_named(gpu):
    gpu.setattr(module, "_try_out", lambda name, title: None)
    assert choose_device("auto") == module.Device("cuda", "GPU Test 3000 (chosen automatically)")
    assert choose_device("cuda") == module.Device("cuda", "GPU Test 3000")


def test_a_gpu_that_cannot_compute_is_told(gpu):
    trial = module._try_out
    gpu.setattr(module, "_try_out", lambda name, title: trial("meta", title))  # a device that yields no values
    with pytest.raises(DeviceError, match="Test 3000 cannot run the network"):
        choose_device("cuda")
    gpu.setattr(torch.backends.mps, "is_available", lambda: False)
    device = choose_device("auto")
    assert device.name == "cpu"
    assert "Test 3000 cannot run the network" in device.description


def test_the_trial_accepts_a_device_that_computes():
    module._try_out("cpu", "CPU")


def test_missing_pytorch_is_one_sentence(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(DeviceError, match="PyTorch is not installed"):
        choose_device("auto")
