"""Does the proposed type of an artery tell the layer of the wall: on simulated plates as they are, without any scan.

    python Testing/benchmarks/artery_types.py --patients 45

Prints the agreement of type (intimal, medial) with the layer of most of the calcium, which the simulation knows. No
blur, no model and no course that is a little off is in it: what is wrong here is wrong in the rules, or not to be seen
in the form of the simulated plates. Contact with bone is not simulated, so no artery is indistinguishable from it.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "ICACSegmentation"))

from icac.anatomy import Side
from icac.lesions.morphometry import morphometry
from icac.report.forms import form_record
from icac.scores import propose_scores
from icac.simulate.cases.simulated_patient import draw_patient
from icac.simulate.patient.lesions import Lesion
from morphometry import agreement, painted

#: Total volumes of the patients in mm3: evenly spread over the logarithm between these.
TOTALS_MM3 = (20.0, 600.0)

TYPES = ["intimal", "medial"]


def arteries(seed: int) -> Iterator[list[Lesion]]:
    """Yield the plates of each calcified artery of a patient."""
    rng = np.random.default_rng(seed)
    patient = draw_patient(rng, "stroke", total_mm3=float(np.exp(rng.uniform(*np.log(TOTALS_MM3)))))
    for side in Side:
        plates = [plate for plate in patient.calcification.lesions if plate.side is side]
        if plates:
            yield plates


def layer_of(plates: list[Lesion]) -> str:
    """Return the layer of most of the calcium."""
    return max(TYPES, key=lambda layer: sum(plate.volume_mm3 for plate in plates if plate.layer == layer))


def type_of(plates: list[Lesion]) -> str:
    """Return the type that is proposed of plates as they were painted."""
    form = form_record(morphometry([painted(plate)[0] for plate in plates]))
    rows = [{"side": plate.side.value, "length_mm": plate.length_mm, "volume_mm3": plate.volume_mm3,
             "bone_contact_share": 0.0} for plate in plates]
    scores = propose_scores({"morphometry": {side.value: form for side in Side}, "lesions": rows})
    return str(scores[plates[0].side].type)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=45)
    parser.add_argument("--seed", type=int, default=500)
    options = parser.parse_args()
    pairs = [(layer_of(plates), type_of(plates)) for seed in range(options.seed, options.seed + options.patients)
             for plates in arteries(seed)]
    for (layer, found), count in sorted(Counter(pairs).items()):
        print(f"{layer}, proposed {found}: {count}")
    print("kappa", agreement(*zip(*pairs, strict=True), TYPES, False))


if __name__ == "__main__":
    main()
