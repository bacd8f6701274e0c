"""The commands of `capture`, one module for each group."""
