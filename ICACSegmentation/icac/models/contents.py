"""The files of a model package as bytes, from a folder or from a .zip file, and the checks on them.

There are two, another if the package can tell which scans are unlike those that it knows (:mod:`icac.ood`), and another
if it sees the carotids again (:mod:`icac.second_look`).

Weights are safetensors, never pickles, so that opening a model cannot run code. From a .zip file only these
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
from icac.files.json_file import json_text
from icac.models.second_look import SECOND_LOOK_FILE, SecondLookRecord, SecondLookWeights
from icac.models.spec import ModelSpec, WeightsRecord
from icac.models.weights import Weighted, check_weights, largest_file
from icac.ood import Gate
from icac.reference import reference_sha256

SPEC_FILE = "model.json"
WEIGHTS_FILE = "weights.safetensors"
GATE_FILE = "gate.json"

#: A model.json larger than this is none.
LARGEST_SPEC_BYTES = 1_000_000

#: Nor is a larger gate one.
LARGEST_GATE_BYTES = 20_000_000


def refusal(place: Path, why: str) -> ModelError:
    """Return the error that says why the model in ``place`` cannot be used, and what to do."""
    return ModelError(f"The model in '{place}' cannot be used because {why}; get the model again from where it "
                      "came from.")


@dataclass(frozen=True)
class Contents:
    """The files of a package, checked.

    Attributes
    ----------
    spec : ModelSpec
    spec_bytes, weights_bytes : bytes
        The files as they are.
    gate : Gate or None
        What tells which scans are unlike those that the model knows.
    second_look : SecondLookWeights or None
        What sees the carotids again.

    """

    spec: ModelSpec
    spec_bytes: bytes
    weights_bytes: bytes
    gate: Gate | None = None
    second_look: SecondLookWeights | None = None

    @property
    def files(self) -> dict[str, bytes]:
        """The files by name."""
        gate = {GATE_FILE: _gate_text(self.gate).encode("utf-8")} if self.gate else {}
        again = {SECOND_LOOK_FILE: self.second_look.data} if self.second_look else {}
        return {WEIGHTS_FILE: self.weights_bytes, **gate, **again, SPEC_FILE: self.spec_bytes}

    def write(self, folder: Path) -> None:
        """Write the files into an existing folder."""
        for name, data in self.files.items():
            (folder / name).write_bytes(data)

    def write_archive(self, path: Path) -> None:
        """Write the files into a .zip file, in a folder of the model's name; raises OutputError."""
        with whole_file(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.files.items():
                archive.writestr(f"{self.spec.name}/{name}", data)


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

    return _check(read, folder, os.path.lexists(folder / GATE_FILE))


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

            return _check(read, path, top + GATE_FILE in archive.namelist())
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


def _check(read: Callable[[str, int], bytes], place: Path, has_gate: bool) -> Contents:
    """Read and check the files of a package; ``read`` returns up to one byte more of a file than its limit."""
    spec_bytes = read(SPEC_FILE, LARGEST_SPEC_BYTES)
    try:
        spec = ModelSpec.from_dict(_parse(spec_bytes))
    except ValueError as error:
        raise refusal(place, str(error)) from error
    if spec.reference_sha256 not in ("", reference_sha256()):
        raise refusal(place, "it was made for another reference head than the one of this software")
    weights = _weights(read, place, WEIGHTS_FILE, spec.stored, spec.architecture)
    try:
        check_weights(weights, spec.architecture)
        again = _second_look(read, place, spec.second_look) if spec.second_look else None
    except ValueError as error:
        raise refusal(place, str(error)) from error
    return Contents(spec, spec_bytes, weights, _gate(read, place, spec) if has_gate else None, again)


def _weights(read: Callable[[str, int], bytes], place: Path, name: str, stored: WeightsRecord | SecondLookRecord,
             network: Weighted) -> bytes:
    """Return a file of weights that is whole."""
    if stored.bytes > largest_file(network):
        raise refusal(place, f"its {SPEC_FILE} announces more weights than its network has")
    weights = read(name, stored.bytes)
    if len(weights) != stored.bytes or hashlib.sha256(weights).hexdigest() != stored.sha256:
        raise refusal(place, f"its {name} is damaged or was changed: the checksum differs from the one in {SPEC_FILE}")
    return weights


def _second_look(read: Callable[[str, int], bytes], place: Path, stored: SecondLookRecord) -> SecondLookWeights:
    return SecondLookWeights(stored.config, _weights(read, place, SECOND_LOOK_FILE, stored, stored.config))


def _gate(read: Callable[[str, int], bytes], place: Path, spec: ModelSpec) -> Gate:
    data = read(GATE_FILE, LARGEST_GATE_BYTES)
    try:
        gate = Gate.from_dict(_parse(data, GATE_FILE, LARGEST_GATE_BYTES))
    except ValueError as error:
        raise refusal(place, f"its {GATE_FILE} is damaged ({error})") from error
    if gate.weights_sha256 != spec.stored.sha256 or len(gate.mean) != spec.architecture.coarsest_features:
        raise refusal(place, f"its {GATE_FILE} was made for other weights")
    return gate


def _gate_text(gate: Gate) -> str:
    return json_text(gate.to_dict()) + "\n"


def _parse(data: bytes, name: str = SPEC_FILE, limit: int = LARGEST_SPEC_BYTES) -> Any:
    if len(data) > limit:
        raise ValueError(f"its {name} is too large to be one")
    try:
        return parse_json(data.decode("utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"its {name} is not valid JSON") from error
    except ValueError as error:
        raise ValueError(f"of its {name}: {error}") from error
