"""A10: `python -m tests.console.pictures <folder>`: a picture of each page, to be looked at by a person."""
