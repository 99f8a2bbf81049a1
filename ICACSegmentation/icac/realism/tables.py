"""The table of a comparison: real value, range of the simulated ones, and how far apart they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from icac import files
from icac.calcium import CALCIUM_HU
from icac.realism.compare import Comparison
from icac.realism.measures import CLASSES, Measures, histogram_distance

COLUMNS = ("scan", "quantity", "unit", "real", "simulated", "simulated_low", "simulated_high")

_HEAD = """# Realism of simulated skull bases

Each real scan beside simulated patients scanned alike: slices at the same places of the head, as thick, as sharp and
as noisy as measured in the real scan. Everything is measured in the slices themselves, within 120 x 120 x 50 mm
around the carotids. "simulated" is the mean and, in brackets, the range.

- Histogram distance: earth mover's distance to the real scan; between simulated patients it tells how much heads
  differ among themselves.
- Outline of bone: length of the outline of all voxels of at least 130 HU in the slices per their area.
- Edge width: full width at half maximum of the blur, from edges between air and tissue.
- Thin bone: what an opening by a ball of 1.5 mm takes from all voxels of at least 130 HU within 10 mm of the
  registered carotid course (16 mm below its canal); bone islands: pieces of at most 150 mm3. With ICAC, where there is
  any.
- Contact: share of the surface of ICAC that touches other voxels of at least 130 HU.
"""


def comparison_rows(comparison: Comparison) -> list[dict]:
    """Return one row a quantity; numbers are None where there is nothing to measure."""
    real, simulated = comparison.real_measures, comparison.simulated_measures
    rows = [_row(comparison, f"share of {name}", "%", 100 * real.shares[name],
                 [100 * m.shares[name] for m in simulated])
            for name in CLASSES]
    for quantity, unit, attribute, factor in (
            (f"share of at least {CALCIUM_HU} HU", "%", "dense_share", 100.0),
            (f"median HU of at least {CALCIUM_HU} HU", "HU", "dense_median_hu", 1.0),
            (f"95th percentile of at least {CALCIUM_HU} HU", "HU", "dense_p95_hu", 1.0),
            ("outline of bone", "1/mm", "outline_per_mm", 1.0), ("edge width", "mm", "edge_fwhm_mm", 1.0),
            ("noise SD", "HU", "noise_sd_hu", 1.0), ("mean noise frequency", "1/mm", "noise_frequency", 1.0),
            ("contact of ICAC with bone", "%", "contact", 100.0)):
        values = [_scaled(getattr(m, attribute), factor) for m in (real, *simulated)]
        rows.append(_row(comparison, quantity, unit, values[0], values[1:]))
    rows += [_row(comparison, name, "mm3 per side", real.deceiving[name], [m.deceiving[name] for m in simulated])
             for name in real.deceiving]
    for quantity, low in (("histogram distance to the real scan", -np.inf),
                          (f"histogram distance from {CALCIUM_HU} HU on", CALCIUM_HU)):
        to_real = [histogram_distance(real.histogram, m.histogram, low) for m in simulated]
        rows.append(_row(comparison, quantity, "HU", None, to_real))
        rows.append(_row(comparison, f"{quantity.replace(' to the real scan', '')}, between simulated", "HU", None,
                         _between(simulated, low)))
    return rows


def _between(simulated: Sequence[Measures], low: float) -> list[float]:
    return [histogram_distance(a.histogram, b.histogram, low) for k, a in enumerate(simulated) for b in simulated[:k]]


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None or not np.isfinite(value) else factor * value


def _row(comparison: Comparison, quantity: str, unit: str, real: float | None,
         simulated: Sequence[float | None]) -> dict:
    known = [value for value in simulated if value is not None]
    numbers = (real, *((float(np.mean(known)), min(known), max(known)) if known else (None,) * 3))
    return dict(zip(COLUMNS, (comparison.real.name, quantity, unit,
                              *(None if n is None else round(float(n), 4) for n in numbers)), strict=True))


def write_csv(path: Path, rows: Sequence[dict]) -> None:
    """Write the rows of all comparisons."""
    files.write_csv(path, COLUMNS, rows)


def markdown(comparisons: Sequence[Comparison]) -> str:
    """Return the tables of all comparisons with what they mean."""
    parts = [_HEAD]
    for comparison in comparisons:
        a = comparison.acquisition
        kind = "bare skull; simulated skulls are bare, too" if comparison.dry else "head"
        parts.append(f"## {comparison.real.name}\n\n{kind.capitalize()}. Simulated with {a.pixel_mm:.2f} mm pixels, "
                     f"{a.thickness_mm:g} mm slices every {a.increment_mm:.2f} mm, blur {a.kernel.fwhm_mm:.2f} mm, "
                     f"noise {a.noise_sd:.1f} HU, {a.kv} kV; {len(comparison.simulated)} patients.\n")
        lines = ["| quantity | unit | real | simulated |", "|---|---|---|---|"]
        lines += [f"| {row['quantity']} | {row['unit']} | {_text(row['real'])} | {_range(row)} |"
                  for row in comparison_rows(comparison)]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _range(row: dict) -> str:
    if row["simulated"] is None:
        return "-"
    return f"{_text(row['simulated'])} ({_text(row['simulated_low'])} to {_text(row['simulated_high'])})"
