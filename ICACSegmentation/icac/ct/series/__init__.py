"""The choice among the series of a study: what is known of each, what its words mean, and the rule."""
