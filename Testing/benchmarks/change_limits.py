"""Below which limit a change is noise: the table of ``icac change``, from the scans of ``repeated_scans.py``.

    python Testing/benchmarks/repeated_scans.py -o repeated_scans --patients 12
    python Testing/benchmarks/change_limits.py repeated_scans -o ICACSegmentation/icac/change/limits.json

Lesions of repeats are matched as ``icac change`` does. What the figures of the table mean stands in
``icac/change/limits.py``. Figures of a class of volumes are drawn towards those of all volumes as if by ``PRIOR`` more
pairs, so that few pairs do not decide. Prints the share of repeats that lie within the limits, which should be 95 %.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import pairwise, product
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "ICACSegmentation"))

import icac
from icac.anatomy import Side
from icac.change.limits import KINDS, Limits
from icac.change.match import match_lesions
from icac.change.scan import Protocol
from icac.files.json_file import json_text
from icac.geometry import Volume
from icac.models import find_model
from repeated_scans import PROTOCOLS, REPEATS, read_lesions, scan_file

#: Volumes in mm3 between which figures are told apart: of lesions, and of sums over them.
CLASSES = {"lesion": (0.0, 2.0, 8.0, 30.0, np.inf), "total": (0.0, 40.0, 150.0, np.inf)}

#: So many pairs of the mean of all volumes are added to those of each class.
PRIOR = 8

#: Pairs of volumes in mm3, shape (n, 2).
Pairs = np.ndarray


class Scans:
    """The scans that were kept, by patient and protocol."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.seeds = sorted({int(path.name.split("_")[0]) for path in folder.glob("*.npz")})
        self._labels = {key: read_lesions(path) for key in product(self.seeds, PROTOCOLS, range(REPEATS))
                        if (path := scan_file(folder, *key)).is_file()}

    def noise(self, protocol: str) -> float:
        """Return the median noise of the scans of a protocol, as measured."""
        files = [scan_file(self._folder, *key) for key in self._labels if key[1] == protocol]
        return float(np.median([float(np.load(path)["noise_sd_hu"]) for path in files]))

    def patients(self, protocol: str) -> list[int]:
        """Return the seeds of the patients who were scanned twice by a protocol."""
        return [seed for seed in self.seeds if all((seed, protocol, n) in self._labels for n in range(REPEATS))]

    def pairs(self, first: str, second: str) -> dict[str, Pairs]:
        """Return the volumes of the same thing in scans of two protocols, or of one if they are the same, by kind."""
        found: dict[str, list] = {kind: [] for kind in KINDS}
        for one, other in self._couples(first, second):
            found["lesion"] += lesion_pairs(one, other)
            found["total"] += total_pairs(one, other)
        return {kind: np.array(pairs, dtype=float).reshape(-1, 2) for kind, pairs in found.items()}

    def _couples(self, first: str, second: str) -> Iterator[tuple[Volume, Volume]]:
        for seed in (seed for seed in self.patients(first) if seed in self.patients(second)):
            for n, m in [(0, 1)] if first == second else product(range(REPEATS), repeat=2):
                yield self._labels[seed, first, n], self._labels[seed, second, m]


def lesion_pairs(one: Volume, other: Volume) -> list[tuple[float, float]]:
    """Return the volumes of the lesions that belong together; 0 where nothing was found."""
    sizes = [np.bincount(labels.array.ravel()) * labels.frame.voxel_volume_mm3 for labels in (one, other)]
    return [(sum(sizes[0][n] for n in group.first), sum(sizes[1][n] for n in group.second))
            for group in match_lesions(one, other, np.eye(4))]


def total_pairs(one: Volume, other: Volume) -> list[tuple[float, float]]:
    """Return the volumes of each side and of both."""
    first, second = (_by_side(labels) for labels in (one, other))
    return [*zip(first, second, strict=True), (sum(first), sum(second))]


def _by_side(labels: Volume) -> list[float]:
    x = labels.frame.to_lps(np.argwhere(labels.array > 0)[:, ::-1])[:, 0]
    return [float(np.count_nonzero(x * side.sign_x_lps > 0)) * labels.frame.voxel_volume_mm3 for side in Side]


def figures(scans: Scans, protocol: str, reference: str, kind: str) -> dict[str, list[float]]:
    """Return the figures of a protocol by class of volume."""
    same = scans.pairs(protocol, protocol)[kind]
    sd = np.sqrt(_by_class(same, kind, lambda d: d**2 / 2))
    if protocol == reference:
        bias, own = np.zeros_like(sd), np.zeros_like(sd)
    else:
        cross = scans.pairs(reference, protocol)[kind]
        bias = _by_class(cross, kind, lambda d: d)
        spread = _by_class(cross, kind, lambda d: d**2) - bias**2
        of_reference = _by_class(scans.pairs(reference, reference)[kind], kind, lambda d: d**2 / 2)
        own = np.sqrt(np.maximum(spread - sd**2 - of_reference, 0.0))
    return {"mm3": _centers(kind), "pairs": _counts(same, kind),
            **{name: [round(float(v), 4) for v in values] for name, values in
               (("sd", sd), ("bias", bias), ("own_sd", own))}}


def _differences(pairs: Pairs) -> tuple[np.ndarray, np.ndarray]:
    """Return volumes in mm3 at which to look, and differences of the roots."""
    roots = np.sqrt(pairs)
    return roots.mean(axis=1)**2, roots[:, 1] - roots[:, 0]


def _by_class(pairs: Pairs, kind: str, value) -> np.ndarray:
    """Return the mean of a value of the differences in each class, drawn towards that of all."""
    mm3, found = _differences(pairs)
    values = value(found)
    inside = [(mm3 >= low) & (mm3 < high) for low, high in pairwise(CLASSES[kind])]
    return np.array([(values[one].sum() + PRIOR * values.mean()) / (one.sum() + PRIOR) for one in inside])


def _counts(pairs: Pairs, kind: str) -> list[int]:
    mm3, _ = _differences(pairs)
    return [int(((mm3 >= low) & (mm3 < high)).sum()) for low, high in pairwise(CLASSES[kind])]


def _centers(kind: str) -> list[float]:
    """Return the volume for which a class stands."""
    inner = CLASSES[kind][1:-1]
    return [inner[0] / 2, *(round(float(np.sqrt(a * b)), 1) for a, b in pairwise(inner)), inner[-1] * 2]


def table(scans: Scans, package) -> dict:
    """Return the table as JSON-ready values."""
    names = [name for name in PROTOCOLS if scans.patients(name)]
    rows = [{"name": name, "thickness_mm": PROTOCOLS[name].thickness_mm, "noise_sd_hu": round(scans.noise(name), 2),
             "patients": len(scans.patients(name)),
             **{kind: figures(scans, name, names[0], kind) for kind in KINDS}} for name in names]
    _no_better_by_noise(rows)
    return {"format": "1.0", "description": "Repeatability of ICAC volumes on the scale of the square root of mm3; the "
            "meaning of the figures stands in icac/change/limits.py.",
            "made_by": "Testing/benchmarks/change_limits.py of the scans of Testing/benchmarks/repeated_scans.py",
            "software": {"icac": icac.__version__}, "seeds": scans.seeds, "repeats": REPEATS,
            "model": {"name": package.spec.name, "version": package.spec.version}, "protocols": rows}


def _no_better_by_noise(rows: list[dict]) -> None:
    """Raise what few pairs say of a noisier protocol to the figures of the quieter one with the same slices."""
    ordered = sorted(rows, key=lambda row: (row["thickness_mm"], row["noise_sd_hu"]))
    for quiet, noisy in pairwise(ordered):
        for kind in KINDS if quiet["thickness_mm"] == noisy["thickness_mm"] else ():
            noisy[kind]["sd"] = [max(pair) for pair in zip(quiet[kind]["sd"], noisy[kind]["sd"], strict=True)]


def covered(limits: Limits, scans: Scans, kind: str, first: str, second: str) -> tuple[float, int]:
    """Return which share of the pairs of two protocols lies within the limits, and their number."""
    one, other = (Protocol(PROTOCOLS[name].thickness_mm, scans.noise(name)) for name in (first, second))
    pairs = scans.pairs(first, second)[kind]
    inside = [limits.noise(kind, a, b, one, other).holds(b - a) for a, b in pairs]
    return float(np.mean(inside)), len(inside)


def main() -> None:
    """Make the table, write it, and print what it holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scans", type=Path)
    parser.add_argument("--model")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    scans = Scans(options.scans)
    found = table(scans, find_model(options.model))
    options.output.write_text(json_text(found, 1) + "\n", encoding="utf-8")
    limits = Limits(found)
    names = [row["name"] for row in found["protocols"]]
    for kind, mm3 in (("lesion", (1.0, 5.0, 20.0, 60.0)), ("total", (30.0, 100.0, 300.0))):
        print(f"| {kind}, mm3 | " + " | ".join(f"{v:g}" for v in mm3) + " | within limits |")
        for name in names:
            one = Protocol(PROTOCOLS[name].thickness_mm, scans.noise(name))
            noise = [limits.noise(kind, v, v, one, one).high_mm3 for v in mm3]
            share, count = covered(limits, scans, kind, name, name)
            print(f"| {name} | " + " | ".join(f"± {v:.1f}" for v in noise) + f" | {share:.0%} of {count} |")
    for kind in KINDS:
        for name in names[1:]:
            share, count = covered(limits, scans, kind, names[0], name)
            print(f"{kind}: {names[0]} to {name}: {share:.0%} of {count} within the limits")


if __name__ == "__main__":
    main()
