"""`python -m tests.compose`: docker-compose.yml on a real engine, from nothing to nothing."""

import importlib
import sys
from pathlib import Path

# As pytest has it: the tests import each other from their folder.
sys.path.insert(0, str(Path(__file__).parents[1]))
importlib.import_module("compose.command").main()
