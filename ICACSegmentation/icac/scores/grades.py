"""The grades of the visual scores: what a reader can choose, and what each means in words.

Kockelkoren et al. 2017 (J Am Heart Assoc 6:e005211) tell apart calcium of the intima and of the internal elastic lamina
(medial) by three items. The modified Woodcock score grades one artery. The categories of the former were read in its
abstract; the wording of the latter, and the points of both, are those that are commonly quoted and were not checked
against the papers. That is why points and limits are a file that can be changed.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Items of the score of Kockelkoren et al., with their grades.
KOCKELKOREN: Mapping[str, Mapping[str, str]] = {
    "circularity": {"absent": "absent", "dots": "dots", "small_arc": "less than 90 degrees",
                    "half_arc": "90 to 270 degrees", "ring": "270 to 360 degrees"},
    "thickness": {"absent": "absent", "thick": "1.5 mm or more", "thin": "less than 1.5 mm"},
    "morphology": {"indistinguishable": "absent or indistinguishable", "patchy": "irregular or patchy",
                   "continuous": "continuous"},
}

#: Grades of the modified Woodcock score.
WOODCOCK: Mapping[str, str] = {
    "none": "none", "thin_discontinuous": "thin, discontinuous", "thin_continuous": "thin, continuous",
    "thick_discontinuous": "thick, discontinuous", "thick_continuous": "thick, continuous",
    "double_tracks": "double tracks",
}

#: Every item of an artery, with its grades.
ITEMS: Mapping[str, Mapping[str, str]] = {**KOCKELKOREN, "woodcock": WOODCOCK}

#: What the sum of the items of Kockelkoren tells apart, in the order of the sum: where in the wall calcium lies.
TYPES = ("absent", "intimal", "medial")

#: Words for reports.
DEFINITION = (
    "Visual scores of each artery, proposed from the measures by the rules that stand beside them; a reader decides. "
    "Kockelkoren: circularity from the largest arc in a cross-section (dots: no lesion is longer than the limit), "
    "thickness from that of the cross-sections, morphology from the longest run without a gap (indistinguishable: so "
    "much of the surface touches bone); a high sum is medial, a low one intimal. Modified Woodcock: thin or thick and "
    "continuous or not by the same limits, double tracks where calcium lies on opposite sides for long enough. The "
    "categories of Kockelkoren et al. 2017 are published; the points of both scores and the wording of the modified "
    "Woodcock score are as commonly quoted and not verified, and readers look at arteries, not at these limits."
)
