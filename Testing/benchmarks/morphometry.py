"""Error of the form of lesions, and agreement of the proposed visual scores, against simulated patients.

    icac simulate 60 -o cases --seed 9101 --format training --mix archive --cases-per-head 1 --with-scan
    python Testing/benchmarks/held_out_cases.py cases/manifest.csv -o predicted
    python Testing/benchmarks/morphometry.py cases predicted --seed 9101 --mix archive

The simulation knows of each plate its length along the course, its arc, its thickness and in which layer of the wall it
lies. Three times the same lesions are measured: the true mask with the true course, the true mask with the course that
was found, and the predicted mask with that course. Lesions count that are one component of the mask and hold nearly no
other plate. Scores are those of the true plates and of what was measured, by the same rules; kappa of ordered grades
is weighted linearly.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "ICACSegmentation"))

from icac.anatomy import Course, Side
from icac.anatomy.arrays import courses_from
from icac.anatomy.tube import tube_of
from icac.ct.masks import read_mask
from icac.evaluation.statistics.categories import kappa
from icac.geometry import Frame, Volume
from icac.lesions import FoundLesions, find_lesions
from icac.lesions.lining import lining_of
from icac.lesions.morphometry import Tally, morphometry
from icac.lesions.surface import surface_of_voxels
from icac.report.forms import form_record, forms_record
from icac.report.tables import lesion_row
from icac.scores import propose_scores
from icac.scores.grades import ITEMS
from icac.simulate.patient.lesions import INSIDE_LUMEN, Lesion
from icac.study.predictions import courses_file, prediction_files
from icac.trainingset.case_scan import CaseScan

#: Voxels of painted plates, mm.
FINE_MM = 0.2

#: Share of the voxels of a component that one plate must have, and share of those of the plate in it.
OWN_SHARE = 0.9

#: What is compared: measure, its name in a lesion's form, and what the simulation says.
MEASURES = {
    "length, mm": ("length_mm", lambda plate: plate.length_mm),
    "mean arc, degrees": ("mean_arc_deg", lambda plate: min(plate.arc_deg, 360.0)),
    "largest arc, degrees": ("max_arc_deg", lambda plate: min(plate.arc_deg, 360.0)),
    "mean thickness, mm": ("mean_thickness_mm", lambda plate: plate.thickness_mm),
    "thickness of cross-sections, mm": ("section_thickness_mm", lambda plate: plate.thickness_mm),
    "largest thickness, mm": ("max_thickness_mm", lambda plate: plate.thickness_mm),
    "distance from the lumen, mm": ("lumen_distance_mm",
                                    lambda plate: (0.5 - INSIDE_LUMEN[plate.layer]) * plate.thickness_mm),
    "surface, mm2": ("surface_mm2", lambda plate: painted(plate)[1]),
}


@dataclass(frozen=True, eq=False)
class Case:
    """A simulated case with its plates.

    Attributes
    ----------
    name : str
    ct : Volume
        As measured.
    true, predicted : numpy.ndarray of bool
        (z, y, x) on its voxels.
    owner : numpy.ndarray of int
        Number of the plate nearest to each true voxel, from 1.
    plates : sequence of Lesion
        In head space.
    true_courses, found_courses : dict of Side to Course
        In the space of the scan.
    thickness_mm : float
        Of its slices.

    """

    name: str
    ct: Volume
    true: np.ndarray
    predicted: np.ndarray
    owner: np.ndarray
    plates: Sequence[Lesion]
    true_courses: dict[Side, Course]
    found_courses: dict[Side, Course]
    thickness_mm: float

    @property
    def visible(self) -> list[Lesion]:
        """Return the plates that have true voxels."""
        return [plate for number, plate in enumerate(self.plates, start=1) if (self.owner == number).any()]


def patient_of(name: str, seed: int, mix: str) -> tuple[dict[Side, Course], list[Lesion]]:
    """Draw the carotids and plates of the first case of a head again, in head space."""
    from icac.phantom import sample_head
    from icac.simulate.cases.simulated_patient import draw_patient
    from icac.simulate.patient.background import VoxelAnatomy
    from icac.simulate.sets import dataset
    from icac.simulate.sets.case_mix import CASE_MIXES

    head = int(name.removeprefix("head").split("_")[0])
    job = dataset._jobs(Path(), head + 1, seed, [], 1, True, CASE_MIXES[mix])[head]
    drawn = sample_head(np.random.default_rng((seed, head, 1)), job.young)
    source = VoxelAnatomy(None, None, drawn.courses, drawn.landmark, np.eye(4))  # type: ignore[arg-type]
    rng = np.random.default_rng((seed, head, 2, 0))
    wish = job.mix.draw(rng, job.young)
    anatomy = source.varied(rng, dataset._BEND_MM, dataset._SCALE_SD)
    plates = draw_patient(rng, wish.protocol, anatomy, wish.total_mm3, wish.noisy_blood).calcification.lesions
    return anatomy.courses, [plate for side in anatomy.courses for plate in plates if plate.side is side]


def rigid(points: np.ndarray, onto: np.ndarray) -> np.ndarray:
    """Return the rigid 4 x 4 map of points (n, 3) onto others; raises SystemExit if there is none."""
    if points.shape == onto.shape:
        a, b = points.mean(axis=0), onto.mean(axis=0)
        u, _, v = np.linalg.svd((points - a).T @ (onto - b))
        turn = (u @ np.diag([1, 1, np.sign(np.linalg.det(u @ v))]) @ v).T
        if np.abs((points - a) @ turn.T + b - onto).max() < 1e-6:
            return np.block([[turn, (b - turn @ a)[:, None]], [np.zeros((1, 3)), np.ones((1, 1))]])
    raise SystemExit("These cases were made by another version of the simulation, or from another seed or mix.")


def load_case(path: Path, predicted: Path, seed: int, mix: str) -> Case:
    """Load a case with its prediction."""
    scan = CaseScan.read(path)
    assert scan is not None, "the cases keep their scans"
    with np.load(path) as file:
        in_reference, facts = courses_from(file), json.loads(str(file["facts"]))
    courses, plates = patient_of(path.stem, seed, mix)
    head_to_scan = scan.reference_to_scan @ rigid(*(np.concatenate([c[side].points for side in Side])
                                                    for c in (courses, in_reference)))
    with np.load(courses_file(path.stem, predicted)) as file:
        found = courses_from(file)
    frame, true = scan.ct.frame, scan.icac.array > 0
    owner = np.zeros(true.shape, int)
    if true.any():
        to_head = np.linalg.inv(head_to_scan)
        points = frame.to_lps(np.argwhere(true)[:, ::-1]) @ to_head[:3, :3].T + to_head[:3, 3]
        owner[true] = np.argmin([plate.signed_distance(points) for plate in plates], axis=0) + 1
    mask = read_mask(prediction_files(path.stem, predicted, predicted)["pred"]).array > 0
    return Case(path.stem, scan.ct, true, mask, owner, plates,
                {side: course.transformed(head_to_scan) for side, course in courses.items()}, found,
                float(facts["thickness_mm"]))


def painted(plate: Lesion) -> tuple[Tally, float]:
    """Return the tally of a plate as it was painted, and the area of its surface in mm2."""
    points, reach = plate.bounding_points()
    low, high = points.min(axis=0) - reach, points.max(axis=0) + reach
    frame = Frame.regular((FINE_MM,) * 3, tuple(np.ceil((high - low) / FINE_MM).astype(int) + 1), origin=tuple(low))
    index = np.stack(np.meshgrid(*map(np.arange, frame.shape), indexing="ij"), axis=-1).reshape(-1, 3)
    inside = (plate.signed_distance(frame.to_lps(index[:, ::-1])) <= 0).reshape(frame.shape)
    lining = lining_of(inside, np.zeros(3, int), frame, tube_of(plate.wall.course))
    sums = np.zeros((8, 7))
    sums[int(plate.segment), 0] = 1
    return Tally(plate.segment, sums, lining), float(surface_of_voxels(inside, frame).sum())


def ways(case: Case) -> dict[str, FoundLesions]:
    """Measure a case in each way."""
    def measured(mask: np.ndarray, courses: Mapping[Side, Course]) -> FoundLesions:
        return find_lesions(mask, case.ct, mask.astype(np.float32), courses)

    return {"true mask, true course": measured(case.true, case.true_courses),
            "true mask, found course": measured(case.true, case.found_courses),
            "predicted mask, found course": measured(case.predicted, case.found_courses)}


def single(case: Case, found: FoundLesions) -> Iterator[tuple]:
    """Yield the measured lesions that are one plate, with it."""
    for lesion in found.lesions:
        counts = np.bincount(case.owner[found.labels == lesion.id], minlength=len(case.plates) + 1)
        counts[0] = 0
        number = int(counts.argmax())
        if counts[number] >= OWN_SHARE * max(counts.sum(), np.count_nonzero(case.owner == number), 1):
            yield lesion, case.plates[number - 1]


def errors(case: Case, found: FoundLesions) -> list[dict[str, float]]:
    """Return measured and true value of each measure, of lesions that are one plate."""
    rows = []
    for lesion, plate in single(case, found):
        row = {"volume": lesion.volume_mm3, "slices": case.thickness_mm}
        for measure, (name, truth) in MEASURES.items():
            row |= {f"{measure}|measured": getattr(lesion.form, name), f"{measure}|true": truth(plate)}
        rows.append(row)
    return rows


def true_scores(case: Case, found: FoundLesions) -> dict:
    """Return the scores of the painted plates that can be seen; contact with bone is that of the true mask."""
    contact = {side: [le.bone_contact for le in found.lesions if le.side is side] for side in Side}
    record: dict = {"morphometry": {}, "lesions": []}
    for side in Side:
        plates = [plate for plate in case.visible if plate.side is side]
        record["morphometry"][side.value] = form_record(morphometry([painted(plate)[0] for plate in plates]))
        record["lesions"] += [{"side": side.value, "length_mm": plate.length_mm, "volume_mm3": plate.volume_mm3,
                               "bone_contact_share": float(np.mean(contact[side] or [0.0]))} for plate in plates]
    return propose_scores(record)


def measured_scores(found: FoundLesions) -> dict:
    """Return the scores that are proposed for a measured case."""
    return propose_scores({"morphometry": forms_record(found.lesions), "lesions": list(map(lesion_row, found.lesions))})


def layer_of(case: Case, side: Side) -> str:
    """Return the layer of most of the calcium that can be seen on a side."""
    volume = {"intimal": 0.0, "medial": 0.0}
    for plate in case.visible:
        if plate.side is side:
            volume[plate.layer] += plate.volume_mm3
    return max(volume, key=lambda name: volume[name]) if any(volume.values()) else "absent"


def agreement(first: Sequence[str], second: Sequence[str], order: Sequence[str], weighted: bool) -> str:
    """Return Cohen's kappa, weighted linearly by the order of the grades or not, and the share of equal grades."""
    places = [np.array([order.index(grade) for grade in grades]) for grades in (first, second)]
    value = kappa(*places, len(order), is_weighted=weighted).value
    return f"{value:.2f} ({np.mean(places[0] == places[1]):.0%} of {len(first)})"


def print_errors(rows: Mapping[str, list[dict[str, float]]]) -> None:
    """Print bias and spread of each measure."""
    for way, found in rows.items():
        for title, chosen in (("lesions of 2 to 10 mm3, slices below 2 mm", lambda r: 2 <= r["volume"] < 10),
                              ("lesions of 10 mm3 and more, slices below 2 mm", lambda r: r["volume"] >= 10)):
            part = [row for row in found if chosen(row) and row["slices"] < 2]
            print(f"\n{way}: {len(part)} {title}\n\n| measure | true, median | bias | middle 68 % | r |")
            print("|---|---|---|---|---|")
            for measure in MEASURES:
                _print_error(measure, part)
        thick = [row for row in found if row["slices"] >= 2 and row["volume"] >= 2]
        print(f"\n{way}: {len(thick)} lesions of 2 mm3 and more, slices of 2 mm and more\n")
        for measure in MEASURES:
            _print_error(measure, thick)


def _print_error(measure: str, rows: Sequence[Mapping[str, float]]) -> None:
    found, true = (np.array([row[f"{measure}|{what}"] for row in rows]) for what in ("measured", "true"))
    known = np.isfinite(found)
    found, true = found[known], true[known]
    if len(found) < 5:
        return
    low, middle, high = np.percentile(found - true, [16, 50, 84])
    print(f"| {measure} | {np.median(true):.2f} | {middle:+.2f} | {low:+.2f} to {high:+.2f} | "
          f"{np.corrcoef(found, true)[0, 1]:.2f} |")


def print_scores(scores: Mapping[str, list[tuple]]) -> None:
    """Print the agreement of the scores of all arteries with those of the painted plates."""
    orders = {**{item: list(grades) for item, grades in ITEMS.items()}, "type": ["absent", "intimal", "medial"]}
    orders["thickness"] = ["absent", "thin", "thick"]
    orders["woodcock"] = list(ITEMS["woodcock"])
    print("\n| item | " + " | ".join(scores) + " |\n|---|" + "---|" * len(scores))
    for item, order in orders.items():
        cells = []
        for pairs in scores.values():
            graded = [(_grade(a, item), _grade(b, item)) for a, b, _ in pairs]
            graded = [pair for pair in graded if None not in pair]
            cells.append(agreement(*zip(*graded, strict=True), order, item != "type"))
        print(f"| {item} | " + " | ".join(cells) + " |")
    painted_types = [(truth, truth, layer) for truth, _, layer in scores["true mask, true course"]]
    for way, pairs in {"painted plates": painted_types, **scores}.items():
        both = [(layer, b.type) for _, b, layer in pairs if layer != "absent" and b.type not in (None, "absent")]
        print(f"{way}: type against the layer of the wall: kappa "
              f"{agreement(*zip(*both, strict=True), ['intimal', 'medial'], False)} arteries")


def _grade(score: object, item: str) -> str | None:
    return score.type if item == "type" else score.grades[item]  # type: ignore[attr-defined]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path)
    parser.add_argument("predicted", type=Path)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--mix", default="usual")
    parser.add_argument("--most", type=int, default=10**6, help="no more cases than this")
    options = parser.parse_args()
    rows: dict[str, list] = {}
    scores: dict[str, list] = {}
    for path in sorted(options.cases.glob("head*_0.npz"))[:options.most]:
        case = load_case(path, options.predicted, options.seed, options.mix)
        found = ways(case)
        truth = true_scores(case, found["true mask, true course"])
        for way, measured in found.items():
            rows.setdefault(way, []).extend(errors(case, measured))
            proposed = measured_scores(measured)
            scores.setdefault(way, []).extend((truth[side], proposed[side], layer_of(case, side)) for side in Side)
            if way == "true mask, found course":
                of_true_mask = proposed
        scores.setdefault("predicted against true mask", []).extend(
            (of_true_mask[side], proposed[side], layer_of(case, side)) for side in Side)
        print(case.name, len(case.plates), flush=True, file=sys.stderr)
    print_errors(rows)
    print_scores(scores)


if __name__ == "__main__":
    main()
