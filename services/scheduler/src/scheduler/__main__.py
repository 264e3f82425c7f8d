from leadstream.runtime import main
from scheduler.bootstrap import SERVICE

if __name__ == "__main__":
    main(SERVICE)
