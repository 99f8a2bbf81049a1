"""Does the gate of a model tell scans that are unlike those it knows, and better than an autoencoder?

Usual are simulated training cases: on some the gate is fitted, on others, of other heads, false alarms are counted.
Unlike them are made of the latter, by what happens to scans on their way: an MR whose values were shifted to those of a
CT, heads stored upside down or back to front that were not put right, much noise, a sharp kernel, enhanced blood.
Further scans, such as real heads, are judged one by one as they come through the intake.

The comparator is a small convolutional autoencoder of the same part of the head, 2 mm voxels, whose mean error tells
(as Buyukcakir et al. 2025 do for whole volumes); its limit is found in the same way.

    python Testing/benchmarks/gate.py --usual MANIFEST --held MANIFEST --scans a.nrrd b_dicom -o gate.csv

Without ``--usual``, the gate that is in the model package is measured, alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from icac.air import OUTSIDE_HU
from icac.ct import read_ct
from icac.ct.harmonise import measured_box, plan_harmonisation
from icac.ct.missing import whole_part
from icac.errors import IcacError
from icac.files import write_csv
from icac.geometry import covered_block
from icac.inference import shared_engine
from icac.models import ModelPackage, find_model
from icac.network_region import with_margins
from icac.ood.fit import FOLDS, fit_gate
from icac.reference import load_reference
from icac.registration import register
from icac.training.calibration.held_out import analysed, shown_of_case
from icac.training.calibration.usual_scans import features_of
from icac.trainingset.cases import read_case
from icac.trainingset.manifest import read_manifest
from scipy import ndimage
from torch import nn

#: Voxels of the network's grid in one of the autoencoder's, and the CT numbers it is shown.
COARSE, LOW_HU, HIGH_HU = 4, -200.0, 1000.0

#: HU of tissues, and about what they have in a T1-weighted MR shifted by -1024: bone and air are dark, fat is bright.
MR = ((-1024, -300, -120, -60, 0, 20, 40, 80, 200, 500, 3000),
      (-1024, -1014, -124, -124, -874, -724, -424, -524, -874, -984, -1004))


def _noisy(hu: np.ndarray) -> np.ndarray:
    grain = ndimage.gaussian_filter(np.random.default_rng(0).normal(0, 1, hu.shape), 0.6)
    return hu + 60 * grain / grain.std()


def _sharp(hu: np.ndarray) -> np.ndarray:
    return hu + 1.5 * (hu - ndimage.gaussian_filter(hu, 1.0))


def _enhanced(hu: np.ndarray) -> np.ndarray:
    """Raise what is as dense as blood, vessels and brain alike, by 60 HU."""
    return np.where((hu > 20) & (hu < 130), hu + 60, hu)


#: What is done to a usual case, HU (z, y, x).
KINDS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "MR, shifted": lambda hu: np.interp(hu, *MR), "MR, as stored": lambda hu: np.interp(hu, *MR) + 1024,
    "upside down": lambda hu: hu[::-1], "back to front": lambda hu: hu[:, ::-1], "mirrored": lambda hu: hu[:, :, ::-1],
    "noise of 60 HU": _noisy, "sharp kernel": _sharp, "enhanced": _enhanced,
}


def main() -> None:
    """Look at everything, fit both on the usual cases, and write and print how well they tell the others."""
    options = _options()
    package = find_model(options.model)
    seen = _look(options, package)
    usual = [one for one in seen if one["kind"] == "fitted on"]
    scores = {"gate": _gate(usual, seen, package)}
    if usual:
        scores["autoencoder"] = _autoencoder(usual, seen, options.epochs)
    rows = list(_rows(seen, scores))
    write_csv(Path(options.output), tuple(rows[0]), rows)
    for row in rows:
        print("  ".join(f"{value:.3f}" if isinstance(value, float) else str(value) for value in row.values()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="name or folder (default: the bundled model)")
    parser.add_argument("--usual", nargs="+", default=[], help="manifests of simulated cases to fit on")
    parser.add_argument("--held", required=True, help="manifest of simulated cases of other heads")
    parser.add_argument("--scans", nargs="*", default=[], help="further scans")
    parser.add_argument("--most", type=int, nargs=3, default=(150, 60, 12), metavar="N",
                        help="cases to fit on, to count false alarms on, and to change (default: 150 60 12)")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--keep", metavar="FILE", help="keep what was looked at here, and go on from it (.npz)")
    parser.add_argument("-o", "--output", required=True)
    return parser.parse_args()


def _look(options: argparse.Namespace, package: ModelPackage) -> list[dict]:
    """Return kind, name, patient, features and coarse picture of everything; what was kept is not looked at again."""
    engine, kept = shared_engine(package, device="cpu"), _kept(options.keep)
    done = {(one["kind"], one["name"]) for one in kept}
    for kind, name, patient, shown in _shown(options, package, done):
        features, picture = features_of(shown, package, engine), _coarse(shown, package)
        kept.append({"kind": kind, "name": name, "patient": patient, "features": features, "picture": picture})
        print(f"looked at {len(kept)}: {kind}, {name}", flush=True)
        if options.keep:
            np.savez(options.keep, **{key: np.array([one[key] for one in kept]) for key in kept[0]})
    return kept


def _kept(path: str | None) -> list[dict]:
    if not path or not Path(path).is_file():
        return []
    with np.load(path) as file:
        columns = {key: file[key] for key in file}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _shown(options: argparse.Namespace, package: ModelPackage, done: set[tuple[str, str]]
           ) -> Iterator[tuple[str, str, str, np.ndarray]]:
    """Yield kind, name, patient and what the network is shown, HU (z, y, x), of what is not done yet."""
    fitted, counted, changed = options.most
    for path in options.scans:
        if ("scan", Path(path).name) not in done and (shown := _of_scan(path, package)) is not None:
            yield "scan", Path(path).name, Path(path).name, shown
    for kind, manifests, most in (("usual", [options.held], counted), ("fitted on", options.usual, fitted)):
        cases = [(number, case) for number, path in enumerate(manifests)
                 for case in read_manifest(path, splits=False).cases]
        order = np.random.default_rng(0).permutation(len(cases))[:most]
        for rank, index in enumerate(order):
            number, case = cases[index]
            kinds = {kind: lambda hu: hu, **(KINDS if kind == "usual" and rank < changed else {})}
            left = {name: change for name, change in kinds.items() if (name, f"{number} {case.name}") not in done}
            if left:
                hu = shown_of_case(read_case(case.image), package.spec.architecture.geometry).astype(np.float32)
                for name, change in left.items():
                    yield name, f"{number} {case.name}", f"{number} {case.patient}", np.ascontiguousarray(change(hu))


def _of_scan(path: str, package: ModelPackage) -> np.ndarray | None:
    """Return what the network is shown of a scan, on the grid of the cases; None, and why, if it is refused."""
    reference = load_reference()
    try:
        scan = read_ct(path, incomplete=True)
        pose = register(scan.volume, reference).reference_to_scan
        scan = whole_part(scan, {side: course.transformed(pose) for side, course in reference.courses.items()})
    except IcacError as error:
        print(f"{path} is refused: {error}")
        return None
    wide = with_margins(analysed()[0], package.spec.architecture.geometry)
    done = plan_harmonisation(scan.volume, pose)
    ct = done.applied(scan.volume, measured_box(scan.volume.frame, pose, wide))
    start, size = covered_block(wide, ct.frame, pose)
    return ct.crop(start, size).resample(wide, pose, outside=OUTSIDE_HU).array.astype(np.float32)


def _coarse(shown: np.ndarray, package: ModelPackage) -> np.ndarray:
    """Return the analysed block in coarse voxels, scaled to about 0 to 1, float32 (z, y, x) of multiples of 4."""
    offset, shape = package.spec.architecture.geometry.offset, analysed()[0].shape
    block = shown[tuple(slice(o, o + n // (4 * COARSE) * 4 * COARSE) for o, n in zip(offset, shape, strict=True))]
    z, y, x = (n // COARSE for n in block.shape)
    means = np.clip(block, LOW_HU, HIGH_HU).reshape(z, COARSE, y, COARSE, x, COARSE).mean(axis=(1, 3, 5))
    return ((means - LOW_HU) / (HIGH_HU - LOW_HU)).astype(np.float32)


def _gate(usual: Sequence[dict], seen: Sequence[dict], package: ModelPackage) -> tuple[np.ndarray, float]:
    """Return the distance of everything over the limit, fitted as 'icac model gate' does, or by the package's gate."""
    features = np.stack([one["features"] for one in seen])
    if not usual:
        assert package.gate, "the model has a gate"
        return package.gate.distance(features) / package.gate.limit, package.gate.false_alarms
    gate = fit_gate(np.stack([one["features"] for one in usual]), [str(one["patient"]) for one in usual],
                    package.spec.stored.sha256, "benchmark", _rate(usual))
    return gate.distance(features) / gate.limit, _rate(usual)


def _rate(usual: Sequence[dict]) -> float:
    return max(0.01, 1 / len(usual))


def _autoencoder(usual: Sequence[dict], seen: Sequence[dict], epochs: int) -> tuple[np.ndarray, float]:
    """Return the error of everything over the limit: that of patients who were left out of the training."""
    pictures = np.stack([one["picture"] for one in usual])
    _, person = np.unique([str(one["patient"]) for one in usual], return_inverse=True)
    left_out = np.random.default_rng(0).permutation(person.max() + 1)[person] % FOLDS == 0
    network = _trained(pictures[~left_out], epochs)
    limit = np.quantile(_errors(network, pictures[left_out]), 1 - _rate(usual), method="higher")
    return _errors(network, np.stack([one["picture"] for one in seen])) / limit, _rate(usual)


def _trained(pictures: np.ndarray, epochs: int) -> nn.Module:
    torch.manual_seed(0)
    down = [layer for a, b in ((1, 8), (8, 16)) for layer in (nn.Conv3d(a, b, 4, 2, 1), nn.ReLU())]
    up = [nn.ConvTranspose3d(16, 8, 4, 2, 1), nn.ReLU(), nn.ConvTranspose3d(8, 1, 4, 2, 1)]
    network = nn.Sequential(*down, nn.Conv3d(16, 4, 1), nn.Conv3d(4, 16, 1), nn.ReLU(), *up)
    optimizer = torch.optim.Adam(network.parameters(), 2e-3)
    data = torch.from_numpy(pictures)[:, None]
    for _ in range(epochs):
        for batch in data[torch.randperm(len(data))].split(8):
            optimizer.zero_grad()
            nn.functional.mse_loss(network(batch), batch).backward()
            optimizer.step()
    return network.eval()


@torch.inference_mode()
def _errors(network: nn.Module, pictures: np.ndarray) -> np.ndarray:
    data = torch.from_numpy(pictures)[:, None]
    return ((network(data) - data) ** 2).mean(dim=(1, 2, 3, 4)).sqrt().numpy()


def _rows(seen: Sequence[dict], scores: dict[str, tuple[np.ndarray, float]]) -> Iterator[dict]:
    """Yield for each kind, and each further scan, how many are warned of and how well they are told from usual ones."""
    kinds = np.array([str(one["kind"]) for one in seen])
    groups = {kind: kinds == kind for kind in ("fitted on", "usual", *KINDS)}
    groups |= {str(one["name"]): np.arange(len(seen)) == place for place, one in enumerate(seen)
               if one["kind"] == "scan"}
    for name, chosen in groups.items():
        if chosen.any():
            row: dict = {"what": name, "scans": int(chosen.sum())}
            for method, (score, _) in scores.items():
                row |= {f"{method}_over_limit": float(np.median(score[chosen])),
                        f"{method}_warned": float((score[chosen] > 1).mean()),
                        f"{method}_auc": _auc(score[chosen], score[kinds == "usual"])}
            yield row


def _auc(positive: np.ndarray, negative: np.ndarray) -> float:
    if not len(negative):
        return float("nan")
    return float(((positive[:, None] > negative).mean() + (positive[:, None] >= negative).mean()) / 2)


if __name__ == "__main__":
    main()
