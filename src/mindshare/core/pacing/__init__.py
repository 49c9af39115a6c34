"""Spending under prices: cases arrive, options are chosen, prices follow what is left, a ledger forbids what is gone."""
