"""The deeply supervised residual dropout FCN of Bortsova et al. 2017 (arXiv 1706.01148)."""
