"""The screens of the page Learn, one module each."""
