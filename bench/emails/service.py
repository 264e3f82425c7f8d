"""The delivery service as it is shipped, but that one call takes as many e-mails as the bench says."""

import os

from delivery import bootstrap
from leadstream.runtime import main

IN_A_CALL = "BENCH_EMAILS_IN_A_CALL"

if __name__ == "__main__":
    bootstrap.EMAILS_IN_A_CALL = int(os.environ[IN_A_CALL])
    main(bootstrap.SERVICE)
