"""The network of the second look: it sees each carotid drawn out straight (:mod:`icac.anatomy.straight`).

A U-Net (Ronneberger et al. 2015, arXiv 1505.04597) of four levels. What it says is added, as log-odds, to what the
first network said of the scan as it lies: it begins with nothing to add.
"""
