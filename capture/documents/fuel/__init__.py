"""Slips of filling stations, and pumps' displays."""
