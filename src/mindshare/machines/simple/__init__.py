"""Simple rungs: what a practitioner would try first. A net has to beat them before it is worth its cost."""
