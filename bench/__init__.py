"""Measurements: each module prints a table and says from which photos."""
