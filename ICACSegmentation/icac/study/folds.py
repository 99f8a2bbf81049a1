"""Dividing the cases of a manifest into folds by patient, for cross-validation."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace

from icac.errors import InputError
from icac.splits import TEST, TRAIN, VALIDATION
from icac.trainingset.manifest import Manifest


def assign_folds(manifest: Manifest, folds: int) -> dict[str, int]:
    """Give every case a fold; all cases of a patient share one. Patients without any label are in none: fold 0.

    Patients with most cases are placed first, each in the fold with the fewest cases so far; among equals their order
    is that of a hash of their name. So the folds are of like size and depend on nothing but the patients and cases,
    whatever the order of the rows and the settings of the training.

    Parameters
    ----------
    manifest : Manifest
    folds : int
        At least 3: one is predicted, one chooses weights and threshold, the others are learnt from.

    Returns
    -------
    dict of str to int
        Name of the case to its fold, 1 to ``folds``, or 0.

    Raises
    ------
    InputError
        If there are fewer than three folds, or fewer patients with a label than folds.

    """
    counts = Counter(case.patient for case in manifest.cases if case.labelled)
    if folds < 3:
        raise InputError(f"Cross-validation needs at least 3 folds (to learn, to choose, to predict), not {folds}.")
    if len(counts) < folds:
        raise InputError(f"{manifest.path}: {len(counts)} patients cannot be divided into {folds} folds; use fewer.")
    sizes = dict.fromkeys(range(1, folds + 1), 0)
    fold_of: dict[str, int] = {}
    for patient in sorted(counts, key=lambda name: (-counts[name], _hash(name), name)):
        fold_of[patient] = min(sizes, key=lambda fold: (sizes[fold], fold))
        sizes[fold_of[patient]] += counts[patient]
    return {case.name: fold_of.get(case.patient, 0) for case in manifest.cases}


def fold_manifest(manifest: Manifest, fold_of: dict[str, int], fold: int) -> Manifest:
    """Return the manifest for training without ``fold``: it is the test split, the next one the validation split.

    Cases without a label are learnt from, except those of patients in these two.
    """
    folds = max(fold_of.values())
    next_fold = fold % folds + 1
    splits = {fold: TEST, next_fold: VALIDATION}
    placed = (replace(case, split=splits.get(fold_of[case.name], TRAIN)) for case in manifest.cases)
    cases = tuple(case for case in placed if case.labelled or case.split == TRAIN)
    identity = hashlib.sha256(f"{manifest.sha256} fold {fold} of {folds}".encode()).hexdigest()
    return Manifest(manifest.path, cases, identity)


def choosing_by(manifest: Manifest, fold_of: dict[str, int], fold: int) -> Manifest:
    """Return the manifest for training without ``fold``, which is the validation split; the test split stays.

    Cases without a label are learnt from, except those of patients of the fold.
    """
    placed = (case if case.split == TEST else replace(case, split=VALIDATION if fold_of[case.name] == fold else TRAIN)
              for case in manifest.cases)
    cases = tuple(case for case in placed if case.labelled or case.split == TRAIN)
    identity = hashlib.sha256(f"{manifest.sha256} chosen by fold {fold} of {max(fold_of.values())}".encode())
    return Manifest(manifest.path, cases, identity.hexdigest())


def _hash(patient: str) -> str:
    return hashlib.sha256(patient.encode(errors="surrogatepass")).hexdigest()
