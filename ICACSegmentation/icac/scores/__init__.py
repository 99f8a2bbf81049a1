"""Visual scores of calcified arteries, proposed from what was measured, and what a reader made of them."""

from icac.scores.propose import propose_scores
from icac.scores.rules import Rules, load_rules, rules_in, rules_of, usual_rules

__all__ = ["Rules", "load_rules", "propose_scores", "rules_in", "rules_of", "usual_rules"]
