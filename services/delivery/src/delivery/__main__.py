from delivery.bootstrap import SERVICE
from leadstream.runtime import main

if __name__ == "__main__":
    main(SERVICE)
