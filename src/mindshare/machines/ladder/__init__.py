"""Cheap machines first, dear ones while it pays."""
