"""The gate: what the features of usual scans are, and how far those of a scan may lie from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from icac.ood.document import check_document


@dataclass(frozen=True)
class Novelty:
    """How unlike the usual scans a scan is.

    Attributes
    ----------
    distance : float
        From the usual scans; these lie about 1 from their own mean.
    limit : float
        What usual scans stay below, but for ``false_alarms`` of them.
    false_alarms : float
        Share of the usual scans that lie beyond the limit.

    """

    distance: float
    limit: float
    false_alarms: float

    @property
    def is_unlike(self) -> bool:
        """Whether the scan is unlike the usual ones; also where the distance is not a number."""
        return not self.distance <= self.limit

    @property
    def warning(self) -> str:
        """What a user must know, in a sentence; empty if the scan is like the usual ones."""
        if not self.is_unlike:
            return ""
        return (f"This scan looks unlike those that the model knows ({self.distance:.1f} from them, where "
                f"{1 - self.false_alarms:.0%} of usual scans stay below {self.limit:.1f}): trust its result less, and "
                "look at every lesion and at the arteries without any.")


@dataclass(frozen=True, eq=False)
class Gate:
    """Mean and covariance of the features of usual scans.

    Attributes
    ----------
    mean : numpy.ndarray
        (f,) of the features.
    covariance : numpy.ndarray
        (f, f) of the features, positive definite.
    limit, false_alarms : float
        As of :class:`Novelty`.
    scans, patients : int
        How many it was fitted on.
    fitted_on : str
        What they were.
    weights_sha256 : str
        Checksum of the weights whose features they are.

    Raises
    ------
    ValueError
        With a phrase that says what is wrong.

    """

    mean: np.ndarray
    covariance: np.ndarray
    limit: float
    false_alarms: float
    scans: int
    patients: int
    fitted_on: str
    weights_sha256: str

    def __post_init__(self) -> None:
        count = len(self.mean)
        if self.covariance.shape != (count, count) or not np.allclose(self.covariance, self.covariance.T):
            raise ValueError("its covariance does not fit its mean")
        _ = self._factor

    @cached_property
    def _factor(self) -> np.ndarray:
        try:
            return np.linalg.cholesky(self.covariance)
        except np.linalg.LinAlgError as error:
            raise ValueError("its covariance is none") from error

    def distance(self, features: np.ndarray) -> np.ndarray:
        """Return the Mahalanobis distance over the square root of the number of features.

        Parameters
        ----------
        features : numpy.ndarray
            (..., f) of one or more scans.

        """
        standard = np.linalg.solve(self._factor, np.reshape(features - self.mean, (-1, len(self.mean))).T)
        return np.sqrt((standard ** 2).mean(axis=0)).reshape(np.shape(features)[:-1])

    def novelty_of(self, features: np.ndarray) -> Novelty:
        """Return how unlike the usual scans a scan with these features, (f,), is."""
        return Novelty(float(self.distance(features)), self.limit, self.false_alarms)

    def to_dict(self) -> dict[str, object]:
        """Return the content of the file of a gate; numbers have six digits."""
        return {"format": "icac-gate", "format_version": 1, "weights_sha256": self.weights_sha256,
                "scans": self.scans, "patients": self.patients, "fitted_on": self.fitted_on, "limit": self.limit,
                "false_alarms": self.false_alarms, "mean": _digits(self.mean), "covariance": _digits(self.covariance)}

    @classmethod
    def from_dict(cls, document: object) -> Gate:
        """Make a gate from what :meth:`to_dict` returned; raises ValueError with a phrase if it is none."""
        values = check_document(document)
        return cls(**values | {name: np.array(values[name], dtype=np.float64) for name in ("mean", "covariance")})


def _digits(array: np.ndarray) -> list:
    return [_digits(row) for row in array] if array.ndim > 1 else [float(f"{v:.6g}") for v in array]
