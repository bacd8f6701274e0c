"""The pages: one place in the navigation, one module, one template. They write through the API alone."""
