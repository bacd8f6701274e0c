"""Weights made by `training`, each with a model card."""
