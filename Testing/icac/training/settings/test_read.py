import json

import pytest
from icac.errors import InputError
from icac.training.settings.presets import PRESETS
from icac.training.settings.read import config_from, merge, parse_override, read_config


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_presets_survive_a_round_trip(name):
    config = read_config(name)
    assert config.name == name
    assert config_from(config.to_dict()) == config


def test_file_starts_from_a_preset_and_overrides_win(tmp_path):
    path = tmp_path / "run.json"
    path.write_text(json.dumps({"preset": "release", "seed": 7, "sampling": {"batch": 2}}))
    config = read_config(str(path), {"sampling": {"jitter": 0.1}, "minutes": 3})
    assert (config.seed, config.sampling.batch, config.sampling.jitter) == (7, 2, 0.1)
    assert (config.minutes, config.epochs) == (3, None)
    assert config.loss == read_config("release").loss


def test_override_text():
    merged = merge(parse_override("sampling.batch=2"), parse_override("sampling.output_size=[8,8,4]"))
    assert merged == {"sampling": {"batch": 2, "output_size": [8, 8, 4]}}
    assert parse_override("optimizer.kind=sgd") == {"optimizer": {"kind": "sgd"}}


@pytest.mark.parametrize(("change", "words"), [
    ({"sampling": {"patch": 3}}, "no setting sampling.patch"), ({"colour": 1}, "no setting colour"),
    ({"optimizer": {"kind": "adam"}}, "adamw, sgd"), ({"epochs": None}, "epochs or in minutes"),
    ({"sampling": 3}, "sampling"), ({"sampling": {"output_size": [3, 3]}}, "output_size"),
    ({"validation": {"every_epochs": None, "every_share": None}}, "validation"),
    ({"loss": {"focal": -1}}, "loss.focal"),
    ({"loss": {"cross_entropy": 0, "dice": 0}}, "at least one loss a weight above 0"),
    ({"loss": {"tversky": 1, "tversky_false": 0, "tversky_missed": 0}}, "what is wrong must count"),
    ({"loss": {"reduce": "all"}}, "use one of image, batch"),
    ({"loss": {"smoothing": "much"}}, "use one of mean_volume"),
    ({"seed": "one"}, "seed"), ({"sampling": {"batch": 0}}, "sampling.batch")])
def test_wrong_settings_are_named(change, words):
    with pytest.raises(InputError, match=words):
        read_config("release", change)


def test_missing_file_names_the_presets():
    with pytest.raises(InputError, match="bortsova2017, release"):
        read_config("nothing.json")


def test_damaged_file(tmp_path):
    path = tmp_path / "run.json"
    path.write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        read_config(str(path))


def test_digest_ignores_the_length_of_the_run():
    assert read_config("release").digest == read_config("release", {"minutes": 5}).digest
    assert read_config("release").digest != read_config("release", {"seed": 5}).digest


def test_what_a_package_tells_names_files_but_not_where_they_lie():
    config = config_from({"start_from": "models/mine", "sampling": {"false_voxels": "sets/false.npz"}})
    assert config.for_others["start_from"] == "mine"
    assert config.for_others["sampling"]["false_voxels"] == "false.npz"
    assert config.to_dict()["sampling"]["false_voxels"] == "sets/false.npz", "the run itself reads the file"


def test_another_kind_of_network_takes_over_only_what_every_kind_has():
    network = read_config("release", {"network": {"kind": "monai_unet", "width": 4}}).network
    assert network == {"kind": "monai_unet", "width": 4, "supervision": "calcium", "position": True}
    assert read_config("release", {"network": {"width": 4}}).network["deep_supervision"] is True


def test_losses_that_came_later_count_in_the_digest_where_they_are_chosen():
    usual, chosen = (read_config("release", {"loss": {"focal": weight}}).digest for weight in (0.0, 1.0))
    assert usual == read_config("release").digest != chosen
