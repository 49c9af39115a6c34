"""Medicine: descriptions of symptoms, machines that read them at different cost, SIMULATED doctors; and readers of X-rays and ECGs.

`diagnoses.py` which are dangerous and what a verdict is worth, `descriptions.py` what a case is and which texts are twins,
`symptoms.py` real ones, `made.py` MADE-UP ones, `machines.py` who answers and at what cost, `outside.py` what is outside of what they
know, `history.py` a history of them, `training.py` a Transformer within a budget, `domain.py` all of it as a `Domain`; `readers.py` who
should read.
"""

from mindshare.domains.medicine.history import write_medicine

__all__ = ["write_medicine"]
