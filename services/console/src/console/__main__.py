from console.bootstrap import CONSOLE
from leadstream.runtime.web import main

if __name__ == "__main__":
    main(CONSOLE)
