import sys

# httpx has a command line, which loads rich and pygments where they are installed: 3 to 4 MiB in each process. None is
# how Python is told that a module is not to be imported; httpx does without.
sys.modules["httpx._main"] = None  # type: ignore[assignment]
