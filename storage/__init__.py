"""Rows and objects. Knows no engine and no queue."""
