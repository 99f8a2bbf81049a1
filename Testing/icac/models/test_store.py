from __future__ import annotations

import shutil
import sys
import zipfile

import pytest
from icac.errors import ModelError, OutputError
from icac.models import (
    ModelPackage,
    available,
    default_model,
    export_model,
    find_model,
    import_model,
    save_package,
    store,
    user_folder,
)


@pytest.fixture
def bundled(tmp_path, monkeypatch, user_models):
    """An installation that comes with no model as yet, and a user without models."""
    folder = tmp_path / "bundled"
    folder.mkdir()
    monkeypatch.setattr(store, "BUNDLED_FOLDER", folder)
    return folder


def test_import_from_a_folder_and_find_by_name_and_path(package, bundled, user_models):
    made = import_model(package.folder)
    assert made.folder == user_models / "tiny"
    assert [(m.name, m.bundled) for m in available()] == [("tiny", False)]
    assert find_model("tiny").folder == made.folder
    assert find_model(package.folder).folder == package.folder
    assert [p.name for p in user_models.iterdir()] == ["tiny"]


def test_export_then_import_gives_the_same_files(package, bundled, user_models, tmp_path):
    import_model(package.folder)
    path = export_model("tiny", tmp_path / "take" / "away")
    assert path.name == "away.zip"
    shutil.rmtree(user_models)
    made = import_model(path)
    for name in ("model.json", "weights.safetensors"):
        assert (made.folder / name).read_bytes() == (package.folder / name).read_bytes()


def test_import_does_not_replace_unless_told(package, bundled, spec, network, tmp_path):
    import_model(package.folder)
    newer = save_package(tmp_path / "newer", spec(version="3"), network.state_dict())
    with pytest.raises(ModelError, match="--replace"):
        import_model(newer.folder)
    assert find_model("tiny").spec.version == "1.2"
    import_model(newer.folder, replace=True)
    assert find_model("tiny").spec.version == "3"


def test_bundled_default_is_used_and_protected(package, bundled):
    with pytest.raises(ModelError, match="No model comes"):
        find_model()
    shutil.copytree(package.folder, bundled / "tiny")
    (bundled / "default.txt").write_text("tiny\n")
    assert find_model().folder == default_model().folder == bundled / "tiny"
    assert available()[0].bundled
    with pytest.raises(ModelError, match="comes with this software"):
        import_model(package.folder, replace=True)


def test_unknown_name_lists_what_is_at_hand(package, bundled):
    with pytest.raises(ModelError, match="none"):
        find_model("huge")
    import_model(package.folder)
    with pytest.raises(ModelError, match="the models at hand are tiny"):
        find_model("huge")


def test_damaged_package_is_not_imported(package, bundled, user_models):
    (package.folder / "weights.safetensors").write_bytes(b"x")
    with pytest.raises(ModelError, match="checksum"):
        import_model(package.folder)
    assert not user_models.exists()


def zipped(package: ModelPackage, path, **extra: bytes):
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("model.json", "weights.safetensors"):
            archive.write(package.folder / name, f"tiny/{name}")
        for name, data in extra.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("name", ["../evil.txt", "/evil.txt", "a/../../evil.txt", "..\\evil.txt", "C:\\evil.txt"])
def test_archive_with_a_path_that_leads_elsewhere_is_refused(package, bundled, user_models, tmp_path, name):
    path = zipped(package, tmp_path / "bad.zip", **{name: b"evil"})
    with pytest.raises(ModelError, match="unsafe path"):
        import_model(path)
    assert not list(tmp_path.rglob("evil*"))
    assert not user_models.exists()


def test_only_the_two_files_are_taken_from_an_archive(package, bundled, tmp_path):
    made = import_model(zipped(package, tmp_path / "more.zip", **{"tiny/run.py": b"print(1)"}))
    assert sorted(p.name for p in made.folder.iterdir()) == ["model.json", "weights.safetensors"]


def test_bad_archives_are_refused_in_one_sentence(package, bundled, tmp_path):
    good = zipped(package, tmp_path / "good.zip")
    data = bytearray(good.read_bytes())
    data[len(data) // 2] ^= 0xFF
    bad = {"cut": good.read_bytes()[:-30], "flipped": bytes(data), "text": b"hello"}
    for name, content in bad.items():
        path = tmp_path / f"{name}.zip"
        path.write_bytes(content)
        with pytest.raises(ModelError, match=f"{name}.zip"):
            import_model(path)
    zipfile.ZipFile(tmp_path / "empty.zip", "w").close()
    with pytest.raises(ModelError, match=r"holds no model\.json"):
        import_model(tmp_path / "empty.zip")
    two = zipped(package, tmp_path / "two.zip", **{"other/model.json": b"{}"})
    with pytest.raises(ModelError, match=r"holds 2 model\.json"):
        import_model(two)


def test_an_archive_cannot_blow_up(package, bundled, tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(package.folder / "model.json", "model.json")
        archive.writestr("weights.safetensors", bytes(50_000_000))
    with pytest.raises(ModelError, match="checksum"):
        import_model(tmp_path / "bomb.zip")


def test_a_zip_must_be_imported_before_use(package, bundled, tmp_path):
    with pytest.raises(ModelError, match="icac model import"):
        find_model(zipped(package, tmp_path / "good.zip"))


def test_a_place_that_cannot_be_written_is_told(package, bundled, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ICAC_MODELS", str(tmp_path / "file"))
    with pytest.raises(OutputError, match="cannot be written"):
        import_model(package.folder)


@pytest.mark.parametrize(("platform", "variable", "expected"), [
    ("linux", "XDG_DATA_HOME", "base/icac/models"), ("linux", None, "home/.local/share/icac/models"),
    ("win32", "APPDATA", "base/icac/models"), ("win32", None, "home/AppData/Roaming/icac/models"),
    ("darwin", None, "home/Library/Application Support/icac/models")])
def test_user_folder_by_system(monkeypatch, tmp_path, platform, variable, expected):
    for name in ("ICAC_MODELS", "XDG_DATA_HOME", "APPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr("pathlib.Path.home", lambda: tmp_path / "home")
    if variable:
        monkeypatch.setenv(variable, str(tmp_path / "base"))
    assert user_folder() == tmp_path / expected


def test_weights_that_are_not_finite_are_not_imported(bundled, user_models, spec, network, tmp_path):
    state = network.state_dict()
    state["stages.stem.weight"][0] = float("inf")
    with pytest.raises(ModelError, match="not finite"):
        import_model(save_package(tmp_path / "made", spec(), state).folder)
    assert not user_models.exists()


def test_a_folder_of_other_things_is_not_replaced(package, bundled, user_models):
    (user_models / "tiny").mkdir(parents=True)
    (user_models / "tiny" / "notes.txt").write_text("dear")
    with pytest.raises(OutputError, match="something other than a model"):
        import_model(package.folder)
    assert (user_models / "tiny" / "notes.txt").read_text() == "dear"
