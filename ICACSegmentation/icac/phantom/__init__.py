"""A parametric head in HU: skull with its base, sinuses, orbits, soft tissue, and the carotid arteries.

The anatomy is modelled in *head coordinates*: RAS mm with the origin in the centre of the sella, because the
anatomical literature measures from there. Everything that leaves this package is LPS mm, as in the rest of icac.
"""

from icac.phantom.description.parameters import HeadParameters
from icac.phantom.head import Head, mean_head, sample_head
from icac.phantom.rendering import Rendered

__all__ = ["Head", "HeadParameters", "Rendered", "mean_head", "sample_head"]
