"""Workshops' bills and records of service."""
