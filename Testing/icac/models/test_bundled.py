from __future__ import annotations

from icac.models import ModelPackage, available
from icac.models.store import BUNDLED_FOLDER, default_name


def test_bundled_models_are_whole_and_named_like_their_folder(user_models):
    for model in available():
        package = ModelPackage.load(model.folder)
        assert model.bundled
        assert package.spec.name == model.name
        package.load_network()


def test_the_default_is_one_of_the_bundled_models(user_models):
    bundled = {model.name for model in available()}
    assert bundled == set() if default_name() is None else default_name() in bundled
    assert BUNDLED_FOLDER.name == "bundled"
