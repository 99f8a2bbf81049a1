from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from icac.errors import DeviceError, ModelError
from icac.inference import load as module
from icac.inference import load_engine, predict_outputs, predict_with, shared_engine
from icac.inference.tiling import Tile
from icac.models import ModelPackage, ModelSpec
from icac.network import FcnConfig
from icac.reference.position import coarse_shape, refined

from Testing.icac.network.small import network_of, tiny_package

#: Engines agree to this in probability; 32-bit floats leave a ten-thousandth of a logit.
TOLERANCE = 1e-4
SHAPE = (41, 93, 89)
CONFIGS = (FcnConfig(width=2), FcnConfig(width=4, position=True), FcnConfig(width=2, residual=False, dropout="none"),
           FcnConfig(width=3, deep_supervision=False, position=True), FcnConfig(width=2, position=True, artery=True))

needs_openvino = pytest.mark.skipif(not module.importlib.util.find_spec("openvino"), reason="OpenVINO is not installed")


def make_package(folder, config: FcnConfig) -> ModelPackage:
    """Save a network of which every normalisation does something."""
    return tiny_package(folder, network_of(config, seed=5))


def inputs(config: FcnConfig) -> tuple[np.ndarray, np.ndarray | None]:
    rng = np.random.default_rng(6)
    hu = rng.integers(-1000, 2000, SHAPE).astype(np.int16)
    return hu, rng.normal(size=(5, *SHAPE)).astype(np.float32) if config.position else None


#: Two engines that are loaded together and given up one after the other, and then a signal.
SIGNALLED = """
import faulthandler, gc, os, signal, sys
from icac.inference import load_engine
from icac.models import find_model

faulthandler.enable()  # a stack for signals, as pytest and many programs have one
first, second = (load_engine(find_model(sys.argv[1]), "openvino", "cpu", "auto") for _ in range(2))
del first
gc.collect()
del second
gc.collect()
signal.signal(signal.SIGTERM, lambda *_: print("received"))
os.kill(os.getpid(), signal.SIGTERM)
"""


@needs_openvino
def test_signals_are_received_after_engines_are_given_up(tmp_path, repository):
    package = make_package(tmp_path, CONFIGS[0])
    done = subprocess.run([sys.executable, "-c", SIGNALLED, str(package.folder)], text=True, capture_output=True,
                          check=False, env=os.environ | {"PYTHONPATH": str(repository / "ICACSegmentation")})
    assert (done.returncode, done.stdout) == (0, "received\n"), done.stderr


@needs_openvino
@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_engines_agree(config, tmp_path):
    package = make_package(tmp_path, config)
    hu, position = inputs(config)
    engines = [load_engine(package, name, "cpu") for name in ("torch", "openvino")]
    assert [engine.name.split()[0] for engine in engines] == ["PyTorch", "OpenVINO"]
    theirs, ours = (predict_outputs(engine, hu, package.spec.intensity, position=position) for engine in engines)
    assert ours.shape == (1 + config.artery, *config.geometry.output_shape(SHAPE))
    assert all(output.std() > 0.01 for output in theirs)
    assert len(ours) == 1 or np.abs(ours[0] - ours[1]).max() > 0.1, "two outputs, not one twice"
    assert np.abs(ours - theirs).max() < TOLERANCE


@needs_openvino
def test_tiles_of_openvino_give_what_one_pass_gives(tmp_path):
    package = make_package(tmp_path, CONFIGS[1])
    hu, position = inputs(CONFIGS[1])
    engine = load_engine(package, "openvino")
    whole = predict_with(engine, hu, package.spec.intensity, position=position)
    tiled = predict_with(engine, hu, package.spec.intensity, position=position, tile=(4, 4, 8))
    assert np.abs(whole - tiled).max() < 1e-5


@needs_openvino
def test_both_engines_interpolate_positions_of_every_second_voxel_alike(tmp_path):
    package = make_package(tmp_path, CONFIGS[1])
    hu, _ = inputs(CONFIGS[1])
    coarse = np.random.default_rng(8).normal(size=(5, *coarse_shape(SHAPE))).astype(np.float32)
    theirs, ours, full = (
        predict_with(load_engine(package, name, "cpu"), hu, package.spec.intensity, position=position)
        for name, position in (("torch", coarse), ("openvino", coarse), ("openvino", refined(coarse, SHAPE))))
    assert np.abs(ours - theirs).max() < TOLERANCE
    assert np.abs(ours - full).max() < TOLERANCE


def test_a_model_is_loaded_once_until_another_is_asked_for(tmp_path):
    package, other = (make_package(tmp_path / name, CONFIGS[0]) for name in "ab")
    first = shared_engine(package, "torch", "cpu")
    assert shared_engine(package, "torch", "cpu") is first
    assert shared_engine(other, "torch", "cpu") is not first
    changed = make_package(tmp_path / "a", FcnConfig(width=3))
    with pytest.raises(ModelError, match="replaced"):
        shared_engine(package, "torch", "cpu")
    assert shared_engine(changed, "torch", "cpu").config.width == 3


@needs_openvino
def test_threads_of_openvino_may_run_on_any_core(tmp_path):
    engine = load_engine(make_package(tmp_path, FcnConfig()), "openvino", "cpu")
    engine.prepare([Tile((0, 0, 0), (2, 4, 4))], coarse_position=False)
    (compiled,) = engine._compiled.values()
    assert compiled.get_property("ENABLE_CPU_PINNING") is False


@needs_openvino
def test_openvino_is_taken_on_the_cpu_without_torch(tmp_path):
    package = make_package(tmp_path, CONFIGS[0])
    code = ("import sys; from icac.models import ModelPackage; from icac.inference import load_engine; "
            f"engine = load_engine(ModelPackage.load({str(package.folder)!r}), 'auto', 'cpu'); "
            "print(engine.name, 'torch' in sys.modules)")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                         env={"PYTHONPATH": ":".join(sys.path)}).stdout.split()
    assert out[0] == "OpenVINO"
    assert out[-1] == "False"


@needs_openvino
def test_weights_of_another_network_are_refused(tmp_path):
    package = make_package(tmp_path, CONFIGS[0])
    other = ModelPackage(package.folder, ModelSpec(**{**vars(package.spec), "architecture": FcnConfig(width=3)}))
    with pytest.raises(ModelError, match="do not belong to the network"):
        load_engine(other, "openvino")


def test_without_openvino_pytorch_runs_and_says_so(tmp_path, monkeypatch):
    package = make_package(tmp_path, CONFIGS[0])
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    engine = load_engine(package, "auto", "cpu")
    assert engine.name.startswith("PyTorch")
    assert "OpenVINO" in engine.name
    with pytest.raises(DeviceError, match="not installed"):
        load_engine(package, "openvino")


@pytest.mark.parametrize(("engine", "device", "said"), [("onnx", "auto", "openvino, torch"),
                                                        ("openvino", "cuda", "--engine torch")])
def test_what_cannot_be_had_is_one_sentence(tmp_path, engine, device, said):
    with pytest.raises(DeviceError, match=said):
        load_engine(make_package(tmp_path, CONFIGS[0]), engine, device)
