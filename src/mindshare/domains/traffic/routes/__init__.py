"""Routes of vehicles in SUMO by forecast travel times.

`roads.py` reads a network as roads and turns, `forecast.py` says how long each road will take, `advice.py` gives routes to those who
follow and plans anew, `lost.py` says how much later than by the shortest way on empty roads everybody is.
"""
