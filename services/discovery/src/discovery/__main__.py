# Before the others: it says what is not to be loaded with them.
from leadstream.runtime import main  # isort: split

from discovery.bootstrap import SERVICE

if __name__ == "__main__":
    main(SERVICE)
