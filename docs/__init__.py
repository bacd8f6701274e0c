"""The documentation: pages written by hand, and `docs.generate`, which writes `docs/reference` from the code."""
