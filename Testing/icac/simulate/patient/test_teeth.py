from __future__ import annotations

import numpy as np
from icac.geometry import Frame
from icac.simulate.patient.metal import metal_of
from icac.simulate.patient.mimics import Strand
from icac.simulate.patient.teeth import TOOTHLESS_SHARE, draw_teeth
from icac.simulate.patient.texture import draw_texture
from icac.simulate.scanner.acquisition import Acquisition
from icac.simulate.scanner.kernel import Kernel
from icac.simulate.scanner.scan import acquire


def test_most_adults_have_teeth_and_fillings_and_children_no_metal(uniform_head):
    head = uniform_head()
    mouths = [draw_teeth(head, np.random.default_rng(seed)) for seed in range(300)]
    assert abs(np.mean([not mouth for mouth in mouths]) - TOOTHLESS_SHARE) < 0.06
    assert np.mean([len(metal_of(mouth)) > 0 for mouth in mouths]) > 0.6
    children = [draw_teeth(head, np.random.default_rng(seed), fillings=False) for seed in range(5)]
    assert all(len(mouth) == 1 and (mouth[0].radius_mm > 0).all() for mouth in children)
    assert all((filling.points[:, 1] < -25).all() for mouth in mouths for filling in mouth[1:]), "in front"


def test_fillings_make_streaks_in_the_slices_of_the_teeth_and_nowhere_else(uniform_head):
    head = uniform_head()
    mouth = next(mouth for mouth in (draw_teeth(head, np.random.default_rng(seed)) for seed in range(50))
                 if len(metal_of(mouth)) >= 3)
    region = Frame.regular((1, 1, 1), (110, 100, 60), origin=(-55.0, -75.0, -68.0))
    scan = Acquisition("stroke", 1.0, 2.0, 2.0, Kernel(1.2), 0.5, streaks=1.0, beam_hardening=1.0)
    plain, metal = (acquire(head, [], shapes, scan, np.random.default_rng(0), region).ct for shapes in ([], mouth))
    differs = np.abs(metal.array.astype(int) - plain.array)
    height = metal.frame.to_lps(np.stack([np.zeros(len(differs)), np.zeros(len(differs)), np.arange(len(differs))],
                                         axis=1))[:, 2]
    behind = differs[:, -30:].std(axis=(1, 2))  # 30 mm and more behind the last tooth
    assert behind[np.abs(height + 57) < 3].max() > 5
    assert behind[height > -42].max() < 1


def test_only_thick_bars_have_marrow():
    rng = np.random.default_rng(0)
    line = np.stack([np.zeros(60), np.zeros(60), np.linspace(0, 12, 60)], axis=1)
    bar = Strand("bar", line, np.full(60, 1.0), 800.0, draw_texture(rng, 2.0, 0.0, 0.0), marrow=0.4)
    assert bar.density_hu(np.array([[0.0, 0, 6], [0.9, 0, 6]])).tolist() == [320.0, 800.0]
