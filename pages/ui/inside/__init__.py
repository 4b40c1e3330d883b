"""The screens of the page Inside, one module each."""
