"""What makes the flow run: `pipeline` is the flow itself."""
