"""How far a predicted and a manual segmentation of one scan agree: where, how much, and lesion by lesion."""

from icac.compare.agreement import BOTH, MANUAL_ONLY, PREDICTED_ONLY, Agreement, MatchedLesion, compare
from icac.compare.manual import manual_truth

__all__ = ["BOTH", "MANUAL_ONLY", "PREDICTED_ONLY", "Agreement", "MatchedLesion", "compare", "manual_truth"]
