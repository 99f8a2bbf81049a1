"""A double reading of a worklist with masks of known volumes, and the tables that come of it."""

import csv
import json

import numpy as np
import pytest
from icac.cli import main
from icac.ct.write import write_volume
from icac.errors import InputError
from icac.evaluation.readers.save import measure_agreement, save_agreement
from icac.geometry import Frame, Volume
from icac.worklist import CaseStatus, open_worklist

#: Anisotropic and off-centre: 0.4 x 0.5 x 2 mm, 0.4 mm3 a voxel.
FRAME = Frame.regular((0.4, 0.5, 2.0), (60, 30, 12), center=(3.0, -4.0, 5.0))

#: Voxels on the left (x of LPS above the middle) and on the right that each reader marks in each case.
MARKED = {"Anna": {"a": (10, 20), "b": (0, 0), "c": (30, 0), "d": (5, 5)},
          "Bea": {"a": (10, 10), "b": (0, 0), "c": (20, 0), "d": (0, 5)},
          "Carl": {"a": (12, 20), "b": (1, 0), "c": (30, 0), "d": (5, 5)}}


def mask_of(left: int, right: int) -> Volume:
    array = np.zeros(FRAME.shape, bool)
    array[3, 5, 30:30 + left] = True
    array[8, 9, 0:right] = True
    return Volume(array, FRAME)


@pytest.fixture
def cases(tmp_path):
    """Four cases with results that tell where the arteries lie."""
    folder = tmp_path / "cases"
    x = {"left": 12.0, "right": -6.0}
    courses = {side: {"fitted": False, "moved_mm": 0.0, "evidence": None, "radius_mm": [2.0, 2.0], "segment": [4, 4],
                      "points_lps_mm": [[x[side], -4.0, -10.0], [x[side], -4.0, 20.0]]} for side in x}
    for name in "abcd":
        write_volume(Volume(np.zeros(FRAME.shape, np.int16), FRAME), folder / f"{name}_ct.nii.gz")
        result = folder / "results" / name
        result.mkdir(parents=True)
        for file in ("icac.seg.nrrd", "lesions.csv"):
            (result / file).touch()
        write_volume(mask_of(*MARKED["Anna"][name]).like(mask_of(*MARKED["Anna"][name]).array.astype(np.uint8)),
                     result / "icac.nii.gz")
        (result / "report.json").write_text(json.dumps({"courses": courses, "input": {"path": f"{name}_ct.nii.gz"}}))
    rows = [f"{name},{name}_ct.nii.gz,results/{name}," for name in "abcd"]
    (folder / "list.csv").write_text("\n".join(["case,image,result,quality:good|fair|poor", *rows]))
    return folder / "list.csv"


def read(cases, reader, names="abcd"):
    with open_worklist(cases, reader) as worklist:
        for number, name in enumerate(names):
            worklist.go(name)
            worklist.save_mask(mask_of(*MARKED[reader][name]))
            worklist.set_field("quality", "good" if number % 2 else "poor")
            worklist.set_field("thickness", "thin" if reader == "Anna" or number else "thick")
            worklist.set_status(CaseStatus.DONE)


def rows_of(path):
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_two_readers(cases, tmp_path):
    for reader in ("Anna", "Bea"):
        read(cases, reader)
    files = save_agreement(measure_agreement(cases), tmp_path / "out", figures=False)
    by_case = {(row["case"], row["side"]): row for row in rows_of(files["agreement_cases"])}
    assert len(by_case) == 12
    assert [float(by_case["a", side][key]) for side in ("both", "right", "left") for key in ("first_mm3", "second_mm3")
            ] == pytest.approx([12, 8, 8, 4, 4, 4])
    assert float(by_case["b", "both"]["dice"]) == 1 and float(by_case["c", "both"]["dice"]) == pytest.approx(0.8)
    assert by_case["d", "both"]["first_lesions"] == "2" and by_case["d", "both"]["first_lesions_shared"] == "1"
    found = {(row["side"], row["measure"]): row for row in rows_of(files["agreement"])}
    differences = np.array([4.0, 0.0, 4.0, 2.0])
    assert float(found["both", "Bias (first - second)"]["value"]) == pytest.approx(2.5)
    limit = 2.5 + 1.959964 * differences.std(ddof=1)
    assert float(found["both", "Upper limit of agreement"]["value"]) == pytest.approx(limit, rel=1e-6)
    assert float(found["both", "Lesions of the first that the second marked"]["value"]) == pytest.approx(4 / 5)
    assert float(found["both", "Lesions that both marked, of all"]["value"]) == pytest.approx(8 / 9)
    volumes = np.array([[12, 8], [0, 0], [12, 8], [4, 2.0]])
    assert float(found["both", "ICC(2,1), volume"]["value"]) == pytest.approx(icc(volumes))
    assert found["left", "ICC(2,1), volume"]["cases"] == "4"
    fields = {row["field"]: row for row in rows_of(files["agreement_fields"])}
    assert float(fields["quality"]["value"]) == 1 and fields["thickness"]["measure"] == "weighted kappa"
    assert float(fields["thickness"]["same"]) == 0.75
    assert "## Anna and Bea, 4 cases" in files["summary"].read_text(encoding="utf-8")


def icc(x):
    """ICC(2,1) by the textbook's mean squares, as a second way."""
    n, k = x.shape
    rows, columns, mean = x.mean(axis=1), x.mean(axis=0), x.mean()
    msr = k * ((rows - mean)**2).sum() / (n - 1)
    msc = n * ((columns - mean)**2).sum() / (k - 1)
    mse = (x**2).sum() - k * (rows**2).sum() - n * (columns**2).sum() + n * k * mean**2
    mse /= (n - 1) * (k - 1)
    return (msr - mse) / (msr + (k - 1) * mse + k * (msc - mse) / n)


def test_three_readers_are_compared_by_pairs_and_together(cases):
    for reader, names in (("Anna", "abcd"), ("Bea", "abc"), ("Carl", "bcd")):
        read(cases, reader, names)
    rows = measure_agreement(cases, with_model=True).tables["agreement"]
    pairs = {(row["first"], row["second"]): row["cases"] for row in rows if row["side"] == "both"}
    assert pairs == {("Anna", "Bea"): 3, ("Anna", "Carl"): 3, ("Anna", "model"): 4, ("Bea", "Carl"): 2,
                     ("Bea", "model"): 3, ("Carl", "model"): 3, ("all readers", ""): 2}
    dice = {(row["first"], row["second"]): row["value"].value for row in rows
            if (row["side"], row["measure"]) == ("both", "Dice, mean")}
    assert dice["Anna", "model"] == 1


def test_nothing_to_compare(cases):
    with pytest.raises(InputError, match="readings of nobody"):
        measure_agreement(cases)
    read(cases, "Anna", "a")
    with pytest.raises(InputError, match="readings of Anna; two readers are needed"):
        measure_agreement(cases)
    read(cases, "Bea", "b")
    with pytest.raises(InputError, match="No case was read to the end by two of Anna, Bea"):
        measure_agreement(cases)
    with pytest.raises(InputError, match="no reader 'Carl'; there are Anna, Bea"):
        measure_agreement(cases, readers=["Carl"])


def test_command_line(cases, tmp_path, capsys):
    assert main(["worklist", "setup", str(cases), "--blind-to-model", "--reads", "2", "--field", "stent:yes/no"]) == 0
    assert "read by 2 readers each, blind to the model's result" in capsys.readouterr().out
    for reader in ("Anna", "Bea"):
        read(cases, reader)
    assert main(["worklist", "status", str(cases)]) == 0
    out = capsys.readouterr().out
    assert "Anna: 4 done;" in out and "4 cases: 4 read by 2" in out
    assert main(["worklist", "agreement", str(cases), "-o", str(tmp_path / "out")]) == 0
    assert "Anna: 4 cases, 4 of them blind to the model" in capsys.readouterr().out
    assert (tmp_path / "out/bland_altman.png").stat().st_size > 5000
    assert main(["worklist", "export", str(cases), "-o", str(tmp_path / "all.csv")]) == 0
    rows = rows_of(tmp_path / "all.csv")
    assert len(rows) == 8 and {row["reader"] for row in rows} == {"Anna", "Bea"}
    first = rows[0]
    assert (first["volume_mm3"], first["right_mm3"], first["left_mm3"], first["lesions"]) == ("12.0", "8.0", "4.0", "2")
    assert first["quality"] == "poor" and first["stent"] == "" and first["blind_to_model"] == "True"
    assert main(["worklist", "export", str(cases), "-o", str(cases)]) == 7
