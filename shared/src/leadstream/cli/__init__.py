from leadstream.cli.main import main

__all__ = ["main"]
