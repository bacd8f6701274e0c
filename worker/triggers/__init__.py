"""One source of notifications = one module: bytes -> list of Upload. All lead to `worker.intake`."""
