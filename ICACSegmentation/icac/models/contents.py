"""The two files of a model package as bytes, from a folder or from a .zip file, and the checks on them.

Weights are safetensors, never pickles, so that opening a model cannot run code. From a .zip file only these two
files are read, into memory, and only up to their proper size: nothing is ever written to a path that an archive
names, and an archive cannot grow without bounds.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from icac.errors import ModelError
from icac.files import parse_json, whole_file
from icac.models.spec import ModelSpec
from icac.models.weights import check_weights, largest_file
from icac.reference import reference_sha256

SPEC_FILE = "model.json"
WEIGHTS_FILE = "weights.safetensors"

#: A model.json larger than this is none.
LARGEST_SPEC_BYTES = 1_000_000


def refusal(place: Path, why: str) -> ModelError:
    """Return the error that says why the model in ``place`` cannot be used, and what to do."""
    return ModelError(f"The model in '{place}' cannot be used because {why}; get the model again from where it "
                      "came from.")


@dataclass(frozen=True)
class Contents:
    """The two files of a package, checked.

    Attributes
    ----------
    spec : ModelSpec
    spec_bytes, weights_bytes : bytes
        The files as they are.

    """

    spec: ModelSpec
    spec_bytes: bytes
    weights_bytes: bytes

    def write(self, folder: Path) -> None:
        """Write both files into an existing folder."""
        (folder / WEIGHTS_FILE).write_bytes(self.weights_bytes)
        (folder / SPEC_FILE).write_bytes(self.spec_bytes)

    def write_archive(self, path: Path) -> None:
        """Write both files into a .zip file, in a folder of the model's name; raises OutputError."""
        with whole_file(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{self.spec.name}/{SPEC_FILE}", self.spec_bytes)
            archive.writestr(f"{self.spec.name}/{WEIGHTS_FILE}", self.weights_bytes)


def read_folder(folder: Path) -> Contents:
    """Read a package from its folder; raises ModelError if it is missing, damaged or foreign."""
    if not (folder / SPEC_FILE).is_file():
        raise ModelError(f"There is no model in '{folder}': a model is a folder that holds {SPEC_FILE} and "
                         f"{WEIGHTS_FILE}; run 'icac model list' for the models at hand.")

    def read(name: str, limit: int) -> bytes:
        try:
            if not stat.S_ISREG(os.stat(folder / name).st_mode):
                raise refusal(folder, f"its {name} is not a plain file")
            with open(folder / name, "rb") as stream:
                return stream.read(limit + 1)
        except FileNotFoundError as error:
            raise refusal(folder, f"its {name} is missing") from error
        except OSError as error:
            raise refusal(folder, f"its {name} cannot be read ({error.strerror})") from error

    return _check(read, folder)


def read_archive(path: Path) -> Contents:
    """Read a package from a .zip file; raises ModelError if it is damaged, foreign or unsafe."""
    try:
        with zipfile.ZipFile(path) as archive:
            top = _find_package(archive, path)

            def read(name: str, limit: int) -> bytes:
                try:
                    with archive.open(top + name) as stream:
                        return stream.read(limit + 1)
                except KeyError as error:
                    raise refusal(path, f"its {name} is missing") from error

            return _check(read, path)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise refusal(path, "it is not a whole .zip file") from error
    except OSError as error:
        raise refusal(path, f"it cannot be read ({error.strerror})") from error


def _find_package(archive: zipfile.ZipFile, path: Path) -> str:
    """Return what comes before model.json in the one package of an archive; refuse paths that lead elsewhere."""
    for name in archive.namelist():
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if ".." in parts or parts[:1] == ("/",) or ":" in name:
            raise refusal(path, f"it holds the unsafe path '{name}'")
    found = [name for name in archive.namelist() if PurePosixPath(name).name == SPEC_FILE]
    if len(found) != 1:
        raise refusal(path, f"it holds {len(found) or 'no'} {SPEC_FILE} where one is expected")
    return found[0][:-len(SPEC_FILE)]


def _check(read: Callable[[str, int], bytes], place: Path) -> Contents:
    """Read and check description and weights; ``read`` returns up to one byte more of a file than its limit."""
    spec_bytes = read(SPEC_FILE, LARGEST_SPEC_BYTES)
    try:
        spec = ModelSpec.from_dict(_parse(spec_bytes))
    except ValueError as error:
        raise refusal(place, str(error)) from error
    if spec.reference_sha256 not in ("", reference_sha256()):
        raise refusal(place, "it was made for another reference head than the one of this software")
    if spec.stored.bytes > largest_file(spec.architecture):
        raise refusal(place, f"its {SPEC_FILE} announces more weights than its network has")
    weights = read(WEIGHTS_FILE, spec.stored.bytes)
    if len(weights) != spec.stored.bytes or hashlib.sha256(weights).hexdigest() != spec.stored.sha256:
        raise refusal(place, f"its {WEIGHTS_FILE} is damaged or was changed: the checksum differs from the one in "
                             f"{SPEC_FILE}")
    try:
        check_weights(weights, spec.architecture)
    except ValueError as error:
        raise refusal(place, str(error)) from error
    return Contents(spec, spec_bytes, weights)


def _parse(data: bytes) -> Any:
    if len(data) > LARGEST_SPEC_BYTES:
        raise ValueError(f"its {SPEC_FILE} is too large to be one")
    try:
        return parse_json(data.decode("utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"its {SPEC_FILE} is not valid JSON") from error
    except ValueError as error:
        raise ValueError(f"of its {SPEC_FILE}: {error}") from error
