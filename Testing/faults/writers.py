"""Everything that writes files, in two versions of incompressible content, and how each is read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from icac.ct.read import read_ct
from icac.ct.write import write_volume
from icac.files import RevisedFile, read_csv, read_json, write_csv, write_json
from icac.files.file_set import write_file_set
from icac.geometry import Frame, Volume

FRAME = Frame.regular((0.5, 0.6, 1.5), (50, 40, 30), origin=(3.0, -4.0, 5.0))


@dataclass(frozen=True)
class Writer:
    """Something that writes.

    Attributes
    ----------
    write : callable
        Writes a version, 1 or 2, into a folder; raises OutputError if it cannot.
    read : callable
        Returns the version that is in the folder, whole, or None if there is none; anything else is an error.

    """

    write: Callable[[Path, int], object]
    read: Callable[[Path], int | None]


def volume(version: int) -> Volume:
    """Return a volume, int16, that tells its version and does not compress."""
    array = np.random.default_rng(version).integers(-1000, 3000, FRAME.shape).astype(np.int16)
    array[0, 0, 0] = version
    return Volume(array, FRAME)


def mask(version: int) -> Volume:
    """Return a mask that does not compress."""
    return volume(version).like(np.random.default_rng(version).integers(0, 2, FRAME.shape).astype(np.uint8))


def numbers(version: int) -> list[int]:
    """Return numbers, the first of which is the version."""
    return [version, *np.random.default_rng(version).integers(0, 10**9, 20_000).tolist()]


def _volume_writer(name: str) -> Writer:
    def read(folder: Path) -> int | None:
        if not (folder / name).exists():
            return None
        found = read_ct(folder / name).volume
        version = int(found.array[0, 0, 0])
        assert np.array_equal(found.array, volume(version).array) and found.frame.matches(FRAME)
        return version

    return Writer(lambda folder, version: write_volume(volume(version), folder / name), read)


def _version(found: list) -> int:
    """Return the version of numbers that were read, once they are proven whole."""
    assert [int(number) for number in found] == numbers(int(found[0]))
    return int(found[0])


def _read_json(folder: Path) -> int | None:
    return _version(read_json(folder / "x.json")) if (folder / "x.json").exists() else None


def _write_csv(folder: Path, version: int) -> None:
    write_csv(folder / "x.csv", ["number"], [{"number": number} for number in numbers(version)])


def _read_csv(folder: Path) -> int | None:
    path = folder / "x.csv"
    return _version([row["number"] for row in read_csv(path).rows]) if path.exists() else None


def _write_revised(folder: Path, version: int) -> None:
    RevisedFile(folder / "x.json").save({"numbers": numbers(version)})


def _read_revised(folder: Path) -> int | None:
    loaded = RevisedFile(folder / "x.json").load()
    return None if loaded is None else _version(loaded.content["numbers"])


def _write_results(folder: Path, version: int) -> None:
    def write(temporary: Path) -> dict[str, Path]:
        return {"mask": write_volume(volume(version), temporary / "icac.nii.gz"),
                "report": write_json(temporary / "report.json", numbers(version))}

    write_file_set(folder / "results", write, ("icac.nii.gz", "icac.nrrd", "report.json"), "report.json")


def _read_results(folder: Path) -> int | None:
    """A run that was stopped leaves the earlier results, or no record."""
    record = folder / "results" / "report.json"
    if not record.exists():
        return None
    version = _version(read_json(record))
    assert np.array_equal(read_ct(record.with_name("icac.nii.gz")).volume.array, volume(version).array)
    return version


def _write_model(folder: Path, version: int) -> None:
    import torch
    from icac.models import IntensityScaling, ModelSpec, save_package
    from icac.network import FCN, FcnConfig

    torch.manual_seed(version)
    spec = ModelSpec("tiny", str(version), "Tiny.", FcnConfig(width=2), IntensityScaling(-200, 1000, 400, 600),
                     "nothing", "Apache-2.0", True)
    save_package(folder / "tiny", spec, FCN(FcnConfig(width=2)).state_dict())


def _read_model(folder: Path) -> int | None:
    from icac.models import ModelPackage

    return int(ModelPackage.load(folder / "tiny").spec.version) if (folder / "tiny").exists() else None


def _write_corrected(folder: Path, version: int) -> None:
    from icac.worklist import open_worklist

    cases = _cases(folder)
    write_csv(cases, ["case", "image"], [{"case": "a", "image": "."}])  # whole: the writer may be killed at any moment
    with open_worklist(cases, "R", folder / "worklist", take_over=True) as worklist:
        worklist.save_mask(mask(version))


def _cases(folder: Path) -> Path:
    """Return the table of the cases, beside the folder that may be full."""
    return folder.with_name("cases.csv")


def _read_corrected(folder: Path) -> int | None:
    from icac.ct.masks import read_mask
    from icac.worklist import open_worklist

    if not (folder / "worklist/readers/r/cases").is_dir():
        return None
    with open_worklist(_cases(folder), "R", folder / "worklist", take_over=True) as worklist:
        path = worklist.mask_path()
    if path is None:
        return None
    return next(version for version in (1, 2) if np.array_equal(read_mask(path).array, mask(version).array > 0))


WRITERS: dict[str, Writer] = {
    **{f"volume{ending}": _volume_writer(f"x{ending}") for ending in (".nii.gz", ".nii", ".nrrd", ".mha")},
    "json": Writer(lambda folder, version: write_json(folder / "x.json", numbers(version)), _read_json),
    "csv": Writer(_write_csv, _read_csv), "revised": Writer(_write_revised, _read_revised),
    "results": Writer(_write_results, _read_results), "model": Writer(_write_model, _read_model),
    "corrected mask": Writer(_write_corrected, _read_corrected),
}
