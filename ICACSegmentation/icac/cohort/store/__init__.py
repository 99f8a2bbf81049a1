"""The folder of a cohort: what is finished in it, and who writes into it."""
