"""Signals of a road network in SUMO: rules, short runs ahead, and which crossing gets one when.

`sumo.py` makes networks and trips, `crossings.py` reads signals, `seen.py` says who comes, `rules.py` and `rollouts.py` choose a phase,
`worth.py` foretells what a rollout brings, `control.py` decides, `simulate.py` runs it all and says how long everybody waited.
"""
