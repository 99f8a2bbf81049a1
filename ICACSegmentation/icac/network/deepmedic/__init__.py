"""A network of two paths at two resolutions, after DeepMedic (Kamnitsas et al. 2017, arXiv 1603.05959)."""
