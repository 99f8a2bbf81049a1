"""Where model packages lie: those that come with the software, and those the user imported."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from icac.errors import ModelError, OutputError
from icac.files import is_hidden, whole_folder
from icac.models.contents import SPEC_FILE, read_archive, read_folder, refusal
from icac.models.package import ModelPackage
from icac.models.weights import load_weights

#: Packages that come with the software, one folder each; ``default.txt`` names the one to use unless told.
BUNDLED_FOLDER = Path(__file__).with_name("bundled")
DEFAULT_FILE = "default.txt"

#: Environment variable that moves the user's models elsewhere.
FOLDER_VARIABLE = "ICAC_MODELS"


@dataclass(frozen=True)
class InstalledModel:
    """A model package at hand; not yet checked.

    Attributes
    ----------
    name : str
    folder : pathlib.Path
    bundled : bool
        True if it came with the software.

    """

    name: str
    folder: Path
    bundled: bool


def user_folder() -> Path:
    """Return the folder of imported models: ``ICAC_MODELS`` if set, else in the user's data folder."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "icac" / "models"


def available() -> list[InstalledModel]:
    """Return the models at hand, bundled ones first, each kind by name."""
    found: dict[str, InstalledModel] = {}
    for folder, bundled in ((BUNDLED_FOLDER, True), (user_folder(), False)):
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            if (path / SPEC_FILE).is_file() and not is_hidden(path.name):
                found.setdefault(path.name, InstalledModel(path.name, path, bundled))
    return list(found.values())


def default_name() -> str | None:
    """Return the name of the bundled model to use unless told, or None if no model comes with the software."""
    path = BUNDLED_FOLDER / DEFAULT_FILE
    return path.read_text(encoding="utf-8").strip() if path.is_file() else None


def default_model() -> ModelPackage:
    """Return the model to use unless told; raises ModelError if none comes with the software."""
    name = default_name()
    if name is None:
        raise ModelError("No model comes with this software: name one that you imported with 'icac model import'.")
    return ModelPackage.load(BUNDLED_FOLDER / name)


def find_model(name_or_path: str | Path | None = None) -> ModelPackage:
    """Return the model of this name, or the package in this folder; the default one if omitted.

    Raises
    ------
    ModelError
        If there is none, or it is damaged.

    """
    if name_or_path is None:
        return default_model()
    installed = {model.name: model for model in available()}
    if str(name_or_path) in installed:
        return ModelPackage.load(installed[str(name_or_path)].folder)
    path = Path(name_or_path)
    if path.is_dir():
        return ModelPackage.load(path)
    if path.is_file():
        raise ModelError(f"'{path}' is not a model folder: bring it in with 'icac model import {path}' first.")
    raise ModelError(f"There is no model called '{name_or_path}', and no folder of that name: "
                     f"the models at hand are {', '.join(sorted(installed)) or 'none'}.")


def import_model(path: str | Path, replace: bool = False) -> ModelPackage:
    """Copy a model package, a folder or a .zip file, into the user's models after checking it.

    Parameters
    ----------
    path : path
        The package.
    replace : bool
        Replace an imported model of the same name.

    Raises
    ------
    ModelError
        If the package is missing, damaged or unsafe, or a model of that name is there.
    OutputError
        If the user's models cannot be written.

    """
    path = Path(path)
    contents = read_archive(path) if path.is_file() else read_folder(path)
    name = contents.spec.name
    taken = {model.name: model for model in available()}.get(name)
    if taken and taken.bundled:
        raise ModelError(f"The model in '{path}' is called '{name}' like one that comes with this software: "
                         "it needs another name.")
    if taken and not replace:
        raise ModelError(f"A model called '{name}' was imported before: add --replace to replace it.")
    try:
        load_weights(contents.weights_bytes, contents.spec.architecture)
    except ValueError as error:
        raise refusal(path, str(error)) from error
    target = user_folder() / name
    if target.exists() and not taken:
        raise OutputError(f"'{target}' holds something other than a model: move it away first.")
    with whole_folder(target) as temporary:
        contents.write(temporary)
    return ModelPackage.load(target)


def export_model(name_or_path: str | Path, path: str | Path) -> Path:
    """Write a model package as a .zip file that :func:`import_model` reads; ``.zip`` is added to other names.

    Raises
    ------
    ModelError
        If the model is missing or damaged.
    OutputError
        If the file cannot be written.

    """
    path = Path(path)
    path = path if path.suffix.lower() == ".zip" else path.with_name(f"{path.name}.zip")
    read_folder(find_model(name_or_path).folder).write_archive(path)
    return path
