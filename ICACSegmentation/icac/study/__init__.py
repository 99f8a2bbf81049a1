"""Experiments of many trainings: cross-validation by patient, and the ablations of Bortsova et al. 2017.

Needs the ``train`` and ``evaluate`` extras (``pip install "icac[train,evaluate]"``).
"""
