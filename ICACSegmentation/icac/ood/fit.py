"""Fitting a gate: covariance with shrinkage, and the limit by scans that were left out of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from icac.errors import InputError
from icac.ood.gate import Gate

#: Parts of the patients of which each is left out once.
FOLDS = 5

#: Share of usual scans that are warned of, unless told.
FALSE_ALARMS = 0.01


def fit_gate(features: np.ndarray, patients: Sequence[str], weights_sha256: str, fitted_on: str,
             false_alarms: float = FALSE_ALARMS) -> Gate:
    """Fit a gate on usual scans.

    The limit is a quantile of the distances of patients that were left out: a scan lies nearer to those that it was
    fitted with.

    Parameters
    ----------
    features : numpy.ndarray
        (n, f) of the scans.
    patients : sequence of str
        Whose each scan is.
    weights_sha256, fitted_on : str
        As of :class:`Gate`.
    false_alarms : float
        Share of usual scans that may lie beyond the limit.

    Raises
    ------
    InputError
        There are too few scans for such a share of false alarms, or for any gate.

    """
    people, group = np.unique(np.asarray(patients), return_inverse=True)
    check_enough(len(features), len(people), false_alarms)
    fold = np.random.default_rng(0).permutation(len(people))[group] % FOLDS
    distances = np.empty(len(features))
    for part in range(FOLDS):
        mean, covariance = shrunk_covariance(features[fold != part])
        left_out = Gate(mean, covariance, 1.0, false_alarms, 1, 1, fitted_on, weights_sha256)
        distances[fold == part] = left_out.distance(features[fold == part])
    limit = float(np.quantile(distances, 1 - false_alarms, method="higher"))
    return Gate(*shrunk_covariance(features), limit, false_alarms, len(features), len(people), fitted_on,
                weights_sha256)


def shrunk_covariance(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean (f,) and covariance (f, f) of features (n, f), the correlations drawn towards none.

    How far is that of Ledoit and Wolf 2004 (J Multivariate Analysis 88:365), for features of unit variance.
    """
    mean, sd = features.mean(axis=0), features.std(axis=0)
    sd = np.maximum(sd, 1e-6 * max(float(sd.max()), 1e-12))  # one that never varies
    z = (features - mean) / sd
    count, size = z.shape
    sample = z.T @ z / count
    target = np.trace(sample) / size * np.eye(size)
    spread = ((sample - target) ** 2).sum()
    error = (np.einsum("ni,ni->n", z, z) ** 2).sum() / count ** 2 - (sample ** 2).sum() / count
    share = float(np.clip(error / spread, 0.0, 1.0)) if spread > 0 else 1.0
    return mean, (share * target + (1 - share) * sample) * np.outer(sd, sd)


def check_enough(scans: int, patients: int, false_alarms: float) -> None:
    """Raise InputError if there are too few scans for such a share of false alarms, or for any gate."""
    if not 0 < false_alarms < 1:
        raise InputError(f"The share of false alarms must lie between 0 and 1, not at {false_alarms:g}.")
    if patients < 2 * FOLDS:
        raise InputError(f"A gate needs scans of at least {2 * FOLDS} people, and these are of {patients}.")
    needed = int(np.ceil(1 / false_alarms))
    if scans < needed:
        raise InputError(f"For {false_alarms:.1%} false alarms a gate needs at least {needed} scans, and these are "
                         f"{scans}; give more, or allow more false alarms with --false-alarms {1 / scans:.2f}.")
