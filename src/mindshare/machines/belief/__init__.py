"""Answer attention: a belief that is a net."""
