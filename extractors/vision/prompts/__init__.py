"""What the vision model is told: `common.txt` before every question, then one file for each kind."""
