"""The figures of an evaluation. Needs matplotlib, from the ``evaluate`` extra."""

from icac.evaluation.figures.draw import draw_figures

__all__ = ["draw_figures"]
