"""Answers of a machine, with probabilities and measured costs, in a history or beside open cases."""
