"""`python -m tests.chaos`: every scenario at the size of docs/reliability, and the table with the figures."""

import importlib
import sys
from pathlib import Path

# As pytest has it: the tests import each other from their folder.
sys.path.insert(0, str(Path(__file__).parents[1]))
importlib.import_module("chaos.command").main()
