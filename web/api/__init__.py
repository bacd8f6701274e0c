"""The HTTP API: one resource, one module. It is the one that our own pages use."""
