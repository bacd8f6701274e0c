"""The HTTP API. It reaches no engine, so that a web process starts in a moment."""
