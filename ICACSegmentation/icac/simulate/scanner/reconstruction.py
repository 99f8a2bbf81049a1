"""Kernels and noise as varied as those of real scans: from thick soft slices to thin ones of a bone kernel.

Noise follows from what is known of filtered back-projection: it rises with the sharpness of the kernel and falls with
the thickness of the slices and with the dose. So one head scanned once and reconstructed twice has 11 HU with a soft
kernel and 56 HU with a sharp one, as a public scan of a man of 20 shows.
"""

from __future__ import annotations

import numpy as np

from icac.simulate.scanner.kernel import Kernel

#: Styles: all that is read for soft tissue or bone, and only what is very sharp or very noisy.
STYLES = ("varied", "sharp")

#: Share of very sharp or noisy scans. Archives keep a bone series beside most soft ones; which of the two is measured
#: is up to the user.
SHARP_SHARE = 0.30

#: Noise in HU of 1 mm slices with a Gaussian kernel of 1 mm: median in each style, and spread of the logarithm (dose,
#: size of the head, reconstruction). An assumption; soft thin slices then have 5 to 16 HU, thin ones of a bone kernel
#: 30 to 100 HU.
DOSE_NOISE_HU, DOSE_LN_SD = {"varied": 7.5, "sharp": 13.0}, 0.35

#: Power of the thickness with which noise falls: less than one half, for thick slices are taken with less dose.
THICKNESS_POWER = 0.4

#: Least and largest noise in HU, and the least of what counts as very noisy.
NOISE_RANGE_HU, NOISY_FROM_HU = (2.5, 100.0), 20.0

#: Kernels by name: ranges of the width in mm and of the weight of the subtracted Gaussian, and the latter's width.
#: Edges then measure 0.5 to 0.6 mm with bone kernels and up to 1.6 mm with very soft ones.
KERNELS = {"very soft": ((1.10, 1.60), (0.0, 0.0), 2.0),
           "soft": ((0.75, 1.15), (0.0, 0.30), 2.0),
           "sharp": ((0.65, 0.85), (0.3, 0.6), 2.0),
           "bone": ((0.70, 0.90), (0.9, 1.7), 1.5)}

#: Blur of focal spot and detector, mm: with it the noise of bone kernels peaks at 0.6 per mm, as in real scans.
APERTURE_MM = (0.35, 0.50)

#: Shares of the kernels in each style. What is sharp by style and has a soft kernel is a scan of little dose.
KERNEL_SHARES = {"varied": {"very soft": 0.25, "soft": 0.60, "sharp": 0.15},
                 "sharp": {"soft": 0.10, "sharp": 0.20, "bone": 0.70}}


def draw_style(rng: np.random.Generator) -> str:
    """Draw the style of a scan as they come to be measured."""
    return "sharp" if rng.random() < SHARP_SHARE else "varied"


def draw_reconstruction(rng: np.random.Generator, thickness_mm: float, style: str) -> tuple[Kernel, float]:
    """Draw a kernel and the noise of the brain (standard deviation in HU) of slices of a thickness.

    Parameters
    ----------
    rng : numpy.random.Generator
    thickness_mm : float
    style : str
        One of :data:`STYLES`.

    """
    shares = KERNEL_SHARES[style]
    widths, gains, edge_width = KERNELS[str(rng.choice(list(shares), p=list(shares.values())))]
    kernel = Kernel(float(rng.uniform(*widths)), float(rng.uniform(*gains)), edge_width,
                    float(rng.uniform(*APERTURE_MM)))
    noise = DOSE_NOISE_HU[style] * np.exp(DOSE_LN_SD * rng.standard_normal()) * thickness_mm**-THICKNESS_POWER
    noise *= kernel.noise_gain
    if style == "sharp" and noise < NOISY_FROM_HU:  # of little dose, or of a large head
        noise = NOISY_FROM_HU * rng.uniform(1.0, 2.0)
    return kernel, float(np.clip(noise, *NOISE_RANGE_HU))
