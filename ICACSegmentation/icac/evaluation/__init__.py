"""How good predictions are: against manual or simulated truth, and against another run.

>>> from icac.evaluation import cases_of_folders, evaluate
>>> evaluation = evaluate(cases_of_folders("results/", "truth/"))
>>> files = evaluation.save("evaluation/", figures=False)
>>> files["summary"].name
'summary.md'

Needs the ``evaluate`` extra (``pip install "icac[evaluate]"``): scikit-learn for ROC curves, matplotlib for figures.
Cases are measured one after another, so memory does not grow with the size of the scans.
"""

from icac.evaluation.cases.case_input import CaseInput
from icac.evaluation.cases.find_cases import cases_of_folders, cases_of_table
from icac.evaluation.evaluation import Evaluation, evaluate

__all__ = ["CaseInput", "Evaluation", "cases_of_folders", "cases_of_table", "evaluate"]
