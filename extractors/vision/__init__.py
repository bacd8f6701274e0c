"""The vision model's parts: its prompts, the answers it may give, the picture it is shown, and the call."""
