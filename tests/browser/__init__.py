"""The pages in a real browser, on the embedded stack."""
