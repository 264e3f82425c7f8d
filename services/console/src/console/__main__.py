# Before the others: it says what is not to be loaded with them.
from leadstream.web import main  # isort: split

from console.bootstrap import CONSOLE

if __name__ == "__main__":
    main(CONSOLE)
