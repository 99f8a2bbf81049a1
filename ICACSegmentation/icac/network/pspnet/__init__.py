"""A 2.5D network with pyramid pooling, after PSPNet (Zhao et al. 2017) as used on CT (arXiv 1811.01085)."""
