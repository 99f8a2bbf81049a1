"""Training of ICAC networks, on simulated heads and on annotated scans.

Needs the ``train`` extra (``pip install "icac[train]"``): Lightning Fabric for devices, precision and several
processes, TensorBoard for the curves. Nothing here is imported by segmentation.
"""
