from __future__ import annotations

import hashlib
import json
import pickle
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from icac.errors import ModelError, OutputError
from icac.models import ModelPackage, export_model, import_model, save_gate, save_package
from icac.network import FCN, FcnConfig
from icac.ood import Gate
from icac.reference import reference_sha256


def edit(package: ModelPackage, **changes) -> None:
    path = package.folder / "model.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def refused(package: ModelPackage) -> str:
    """Return the one sentence with which a package is refused."""
    with pytest.raises(ModelError) as caught:
        ModelPackage.load(package.folder).load_network()
    text = str(caught.value)
    assert str(package.folder) in text and text.endswith(".") and "\n" not in text
    return text


@pytest.mark.parametrize("fold", [False, True])
def test_saved_network_comes_back_with_the_same_output(package, network, fold):
    back = ModelPackage.load(package.folder).load_network("cpu", fold=fold)
    x = torch.randn(1, 1, 37, 85, 85)
    assert not back.training
    with torch.inference_mode():
        assert torch.allclose(back(x), network(x), atol=1e-5)


def test_package_keeps_its_description(package, spec):
    filled_in = {"weights": package.spec.weights, "reference_sha256": reference_sha256()}
    assert package.spec.to_dict() == replace(spec(), **filled_in).to_dict()
    assert sorted(p.name for p in package.folder.iterdir()) == ["model.json", "weights.safetensors"]
    assert [p.name for p in package.folder.parent.iterdir()] == ["tiny"]


def test_saving_again_replaces_the_package(package, spec, network):
    again = save_package(package.folder, spec(version="2"), network.state_dict())
    assert ModelPackage.load(package.folder).spec.version == again.spec.version == "2"
    assert [p.name for p in package.folder.parent.iterdir()] == ["tiny"]


def test_saving_does_not_replace_anything_else(tmp_path, spec, network):
    (tmp_path / "photo.txt").write_text("dear")
    with pytest.raises(OutputError, match="something other than a model"):
        save_package(tmp_path, spec(), network.state_dict())
    assert (tmp_path / "photo.txt").read_text() == "dear"


def test_failed_save_leaves_the_earlier_package_and_no_litter(package, spec, network, monkeypatch):
    def full(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OutputError, match="No space left"):
        save_package(package.folder, spec(version="2"), network.state_dict())
    assert ModelPackage.load(package.folder).spec.version == "1.2"
    assert [p.name for p in package.folder.parent.iterdir()] == ["tiny"]


def test_one_flipped_bit_in_the_weights_is_found(package):
    path = package.folder / "weights.safetensors"
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    assert "checksum" in refused(package)


def test_cut_and_missing_weights_are_found(package):
    path = package.folder / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    assert "checksum" in refused(package)
    path.unlink()
    assert "missing" in refused(package)


@pytest.mark.parametrize(("text", "said"), [
    ("", "not valid JSON"), ("{", "not valid JSON"), ("[1]", "does not describe"), ('{"a": NaN}', "NaN"),
    ("\xff", "not valid JSON"), ("[" * 100_000, "nested too deep"),
    ("[" * 900 + "]" * 900, "nested too deep"), ('{"a": 1e999}', "1e999"), (" " * 1_000_001, "too large")])
def test_broken_description_is_refused(package, text, said):
    (package.folder / "model.json").write_bytes(text.encode("latin-1"))
    assert said in refused(package)


def test_description_of_another_network_is_refused(package, spec):
    edit(package, architecture=FcnConfig(width=3).to_dict())
    assert "do not belong" in refused(package)
    edit(package, architecture=FcnConfig(width=2, deep_supervision=False).to_dict())
    assert "do not belong" in refused(package)
    edit(package, architecture=FcnConfig(width=3000 // 30).to_dict() | {"width": 3000})
    assert "architecture.width must be at most" in refused(package)


def test_contradictory_values_are_refused(package):
    edit(package, intensity={"low_hu": 5, "high_hu": 1, "shift_hu": 0, "scale_hu": 1})
    assert "low_hu must be below" in refused(package)


def test_newer_format_is_told(package):
    edit(package, format_version=3)
    assert "newer version" in refused(package)


def test_weights_that_are_not_numbers_are_refused(tmp_path, spec, network):
    state = network.state_dict()
    state["stages.stem.weight"][0] = float("nan")
    assert "not finite" in refused(save_package(tmp_path / "tiny", spec(), state))


def test_a_pickle_is_never_opened(package, tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    import hashlib
    data = pickle.dumps(Trap())
    (package.folder / "weights.safetensors").write_bytes(data)
    edit(package, weights={"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)})
    assert "not a safetensors file" in refused(package)
    assert not (tmp_path / "sprung").exists()


def test_a_folder_without_a_model_is_told(tmp_path):
    with pytest.raises(ModelError, match="There is no model in"):
        ModelPackage.load(tmp_path / "nowhere")


def test_loading_does_not_disturb_the_random_state(package):
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    package.load_network()
    assert torch.equal(torch.rand(3), expected)
    assert FCN(package.spec.architecture).config == FcnConfig(width=2)


def test_another_reference_head_is_refused(package):
    edit(package, reference_sha256="ab" * 32)
    assert "another reference head" in refused(package)


def test_a_package_of_format_1_loads(package):
    document = json.loads((package.folder / "model.json").read_text())
    del document["reference_sha256"], document["architecture"]["kind"]
    (package.folder / "model.json").write_text(json.dumps({**document, "format_version": 1}))
    assert ModelPackage.load(package.folder).spec.reference_sha256 == ""


def replace_weights(package, data: bytes) -> None:
    """Put other bytes in the place of the weights, with the right checksum."""
    (package.folder / "weights.safetensors").write_bytes(data)
    edit(package, weights={"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)})


def test_broken_weights_with_a_right_checksum_are_refused(package):
    good = (package.folder / "weights.safetensors").read_bytes()
    length = int.from_bytes(good[:8], "little")
    header = json.loads(good[8:8 + length])
    cases = {"no header": b"x" * 1000, "long header": (99 << 20).to_bytes(8, "little") + b" " * 1000,
             "cut": good[:-100], "deep": (200_000).to_bytes(8, "little") + b"[" * 200_000}
    for change in ({"dtype": "F16"}, {"shape": [1]}, {"data_offsets": [0, 1 << 40]}, {"data_offsets": [-4, 4]},
                   {"data_offsets": "x"}):
        text = json.dumps({**header, "stages.stem.bias": {**header["stages.stem.bias"], **change}}).encode()
        cases[str(change)] = len(text).to_bytes(8, "little") + text + good[8 + length:]
    for name, data in cases.items():
        replace_weights(package, data)
        assert re.search(r"not a safetensors file|do not belong", refused(package)), name


def test_more_weights_than_the_network_has_are_not_read(package):
    edit(package, weights={"sha256": "0" * 64, "bytes": 6 << 30})
    assert "more weights than its network has" in refused(package)


@pytest.fixture
def gate(package) -> Gate:
    size = package.spec.architecture.coarsest_features
    return Gate(np.arange(size, dtype=float), np.diag(1.0 + np.arange(size)), 1.5, 0.01, 300, 120, "300 scans",
                package.spec.stored.sha256)


def test_a_gate_is_kept_beside_the_weights_and_travels_with_them(package, gate, tmp_path, monkeypatch):
    assert package.gate is None
    before = {name: (package.folder / name).read_bytes() for name in ("model.json", "weights.safetensors")}
    found = save_gate(package.folder, package, gate).gate
    assert found.novelty_of(gate.mean + 3).distance == pytest.approx(gate.novelty_of(gate.mean + 3).distance)
    assert before == {name: (package.folder / name).read_bytes() for name in before}
    monkeypatch.setenv("ICAC_MODELS", str(tmp_path / "mine"))
    archive = export_model(package.folder, tmp_path / "tiny.zip")
    assert import_model(archive).gate.limit == gate.limit


def test_a_gate_stays_with_its_weights_alone(package, gate, spec, network):
    assert save_package(package.folder, spec(version="2"), network.state_dict(), gate).gate is not None
    network.stages["stem"].weight.data += 1
    assert save_package(package.folder, spec(version="3"), network.state_dict(), gate).gate is None


@pytest.mark.parametrize(("change", "said"), [
    ({"weights_sha256": "ab"}, "made for other weights"), ({"mean": [0.0], "covariance": [[1.0]]}, "other weights"),
    ({"limit": -1}, "gate.json is damaged"), ({"format": "x"}, "gate.json is damaged"),
])
def test_a_wrong_gate_is_refused(package, gate, change, said):
    save_gate(package.folder, package, gate)
    (package.folder / "gate.json").write_text(json.dumps({**gate.to_dict(), **change}))
    assert said in refused(package)


def test_a_gate_that_is_no_json_is_refused(package):
    (package.folder / "gate.json").write_text("{")
    assert "gate.json is damaged" in refused(package)
