"""A package to pytest, too, so that the world of conftest.py ends with it."""
