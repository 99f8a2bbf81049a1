"""Percentiles of simulated populations whose true distribution is known at every age."""

import json

import numpy as np
import pytest
from icac.errors import InputError
from icac.norms import Measured, Norms, Person, read_people
from icac.norms.fit import fit_norms
from icac.norms.smooth import at_age, binomial_interval, smooth
from scipy import stats

MODEL = Measured("icac", "1.0", "abc", {"threshold": "0.4"})


def none_share(age):
    return 1 / (1 + np.exp((age - 58) / 6))


def true_share(age, volume):
    """Share of the population with less, at an age."""
    below = stats.norm.cdf((np.log(volume) - 3 - 0.05 * (age - 65)) / 1.2)
    return none_share(age) + (1 - none_share(age)) * below


def population(count, seed, low=45, high=85):
    rng = np.random.default_rng(seed)
    ages = rng.uniform(low, high, count)
    volumes = np.exp(3 + 0.05 * (ages - 65) + 1.2 * rng.standard_normal(count))
    return ages, np.where(rng.random(count) < none_share(ages), 0.0, volumes)


def norms_of(count=800, seed=1, sex="female", **options):
    ages, volumes = population(count, seed)
    return fit_norms("here", [Person(float(age), sex) for age in ages], volumes.tolist(), MODEL, **options)


def test_percentiles_of_a_large_cohort_are_the_true_ones():
    norms, notes = norms_of(20000)
    assert notes == ["No norms of men: 0 of them are too few, as 30 of about one age are needed."]
    for age in (47, 55.5, 65, 75.25, 83):
        for volume in (2.0, 20.0, 150.0):
            found = norms.rank(volume, Person(age, "female"))
            assert found.percentile == pytest.approx(100 * true_share(age, volume), abs=2.5), (age, volume)
        found = norms.rank(0.0, Person(age, "female"))
        assert found.percentile == pytest.approx(100 * none_share(age), abs=2.5)


def test_nobody_is_placed_below_those_without_any():
    norms, _ = norms_of()
    found = norms.rank(0.01, Person(50, "female"))
    assert found.percentile >= 100 * norms.groups["female"][0].none_share * 0.8
    at = norms._at("female", 50)
    assert found.percentile == pytest.approx(100 * at.none_share, abs=2)
    assert "No ICAC, as" in norms.rank(0, Person(50, "female")).statement


def test_intervals_hold_the_truth_as_often_as_they_say():
    inside = []
    for seed in range(60):
        ages, volumes = population(400, seed)
        for age, volume in ((50.0, 10.0), (65.0, 40.0), (80.0, 100.0)):
            at = at_age(ages, volumes, age, 4.0)
            low, high = binomial_interval(at.share_below(volume), at.people)
            inside.append(low <= true_share(age, volume) <= high)
    assert np.mean(inside) >= 0.9


def test_a_trend_with_age_does_not_shift_the_ends():
    """The mean age of the weighted people is the age asked for, also where all others are on one side of it."""
    ages, volumes = population(4000, 3, 60, 80)
    plain = stats.norm.pdf(ages, 61, 4)
    shifted = float(np.average(ages, weights=plain))
    at = at_age(ages, volumes, 61.0, 4.0)
    assert shifted > 62.5
    assert at.share_below(30.0) == pytest.approx(true_share(61, 30.0), abs=0.05)


def test_too_few_people_are_refused_or_told():
    with pytest.raises(InputError, match=r"29 people of known age .* are too few"):
        norms_of(29)
    assert smooth(np.full(100, 60.0), np.ones(100)) == []              # nobody older or younger
    norms, _ = norms_of()
    with pytest.raises(InputError, match="too few women of 95 years; they reach from"):
        norms.rank(10, Person(95, "female"))
    with pytest.raises(InputError, match="need the age"):
        norms.rank(10, Person(None, "female"))
    found = norms.rank(10, Person(60, "male"))
    assert found.group == "all" and "has too few men: both sexes are compared with" in found.notes[0]
    with pytest.raises(InputError, match="bandwidth lies between"):
        norms_of(bandwidth=0.1)


def test_another_model_is_told():
    norms, _ = norms_of()
    person = Person(60, "female")
    assert norms.rank(10, person, MODEL).notes == ()
    for other, words in ((Measured("icac", "1.1"), "by model icac 1.1, not icac 1.0"),
                         (Measured("icac", "1.0", "xyz"), "by other weights"),
                         (Measured("icac", "1.0", "abc", {"threshold": "0.5"}), "with threshold 0.5, not 0.4")):
        assert words in norms.rank(10, person, other).notes[0]


def test_what_was_chosen_is_compared_as_text_and_what_is_not_known_is_not():
    told = {"threshold": 0.4, "lesion_threshold": None, "min_lesion_volume_mm3": 0.0, "harmonise": "auto",
            "device": "cpu"}
    measured = Measured.of("icac", "1.0", "abc", told)
    assert measured.settings == {"threshold": "0.4", "min_lesion_volume_mm3": "0", "harmonise": "auto"}
    other = Measured.of("icac", "1.0", "abc", told | {"lesion_threshold": 0.6, "harmonise": "off"})
    assert measured.differs(other) == "with harmonise off, not auto"


def test_a_file_says_the_same_and_nothing_of_single_people(tmp_path):
    norms, _ = norms_of(200)
    again = Norms.load(norms.save(tmp_path / "n.json"))
    before, after = (one.rank(33.0, Person(61.5, "female")) for one in (norms, again))
    assert after.percentile == pytest.approx(before.percentile, abs=0.1) and after.people == 200
    assert "percentile" in after.statement and "women of 61.5 years in the cohort 'here' (200 women)" in after.statement
    assert len(json.loads((tmp_path / "n.json").read_text())["groups"]["female"]["ages"][0]["volumes_mm3"]) == 101


@pytest.mark.parametrize("damage", [
    lambda record: record.pop("groups"), lambda record: record["groups"]["all"]["ages"][0]["volumes_mm3"].reverse(),
    lambda record: record["groups"]["all"]["ages"].pop(3), lambda record: record.update(format="2.0"),
    lambda record: record["groups"]["all"]["ages"][0].update(none_share=2)])
def test_damaged_norms_are_refused(tmp_path, damage):
    path = norms_of(300)[0].save(tmp_path / "n.json")
    record = json.loads(path.read_text())
    damage(record)
    path.write_text(json.dumps(record))
    with pytest.raises(InputError, match=r"n\.json is not a file of norms"):
        Norms.load(path)


def test_tables_of_people(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("Participant_ID;Age;Sex\nsub-1;67,5;F\n2;;m\n3;70;\n", encoding="utf-8")
    assert read_people(path) == {("sub-1", ""): Person(67.5, "female"), ("2", ""): Person(None, "male"),
                                 ("3", ""): Person(70.0, "")}
    for text, message in (("subject,age\na,200", "line 2: The age is a number of years from 0 to 120, not '200'"),
                          ("subject,sex\na,2", "line 2: The sex is written F or M, not '2'"),
                          ("subject,age\na,60\na,61", "line 3: subject 'a' is there before"),
                          ("name,age\na,60", "needs the columns 'subject'")):
        path.write_text(text)
        with pytest.raises(InputError, match=message):
            read_people(path)
