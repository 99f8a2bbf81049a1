from __future__ import annotations

import numpy as np
import SimpleITK as sitk  # noqa: N813
from icac.geometry import Volume
from icac.phantom import mean_head
from icac.phantom.skull.cranium import LIFE_SIZE
from icac.reference import NETWORK_GRID, load_reference
from icac.reference.head import IMAGE_FRAME
from scipy.ndimage import distance_transform_edt, gaussian_filter

#: Centre of the sella in the template, RAS mm (MNI), read off its sagittal section.
TEMPLATE_SELLA_RAS = (0.0, 6.0, -33.0)


def test_network_grid_is_the_papers():
    assert NETWORK_GRID.size == (240, 240, 100)
    assert NETWORK_GRID.spacing == (0.5, 0.5, 0.5)


def test_the_file_is_what_the_phantom_gives():
    """After a change of the phantom: python -m icac.reference.make."""
    head, reference = mean_head(), load_reference()
    assert np.abs(head.render(IMAGE_FRAME).hu - reference.volume.array).max() <= 0.51
    for side, course in head.courses.items():
        stored = reference.courses[side]
        assert np.allclose(stored.points, course.points, atol=1e-6)
        assert np.array_equal(stored.radius_mm, course.radius_mm)
        assert np.array_equal(stored.segment, course.segment)


def test_both_courses_lie_in_the_network_grid():
    for course in load_reference().courses.values():
        index = NETWORK_GRID.to_index(course.points)
        assert (index > 0).all() and (index < np.array(NETWORK_GRID.size) - 1).all()


def test_bones_lie_within_a_few_mm_of_a_real_average_head(shared_data):
    template = Volume.from_sitk(sitk.ReadImage(str(shared_data / "head_ct_template_2mm.nii")))
    reference = load_reference().volume
    to_template = np.diag([1 / LIFE_SIZE] * 3 + [1.0])
    x, y, z = TEMPLATE_SELLA_RAS
    to_template[:3, 3] = (-x, -y, z)
    real = template.resample(reference.frame, to_template).array > 2850  # bone in the template's own units
    ours = gaussian_filter(np.clip(reference.array, -100, 1500), 1.2) > 300
    distance = distance_transform_edt(~ours, sampling=reference.frame.spacing)[real]
    assert distance.mean() < 2.0
    assert np.quantile(distance, 0.9) < 6
