"""Against others: how many people of the same age and sex, in a cohort of the lab's own, have less ICAC.

>>> from icac.norms import Norms, Person
>>> rank = Norms.load("norms.json").rank(87.0, Person(67.4, "female"))  # doctest: +SKIP
>>> print(rank.statement)  # doctest: +SKIP
"""

from icac.norms.norms import Measured, Norms, Rank
from icac.norms.person import Person, read_people

__all__ = ["Measured", "Norms", "Person", "Rank", "read_people"]
