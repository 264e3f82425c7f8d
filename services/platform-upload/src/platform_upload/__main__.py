from leadstream.runtime import main
from platform_upload.bootstrap import SERVICE

if __name__ == "__main__":
    main(SERVICE)
