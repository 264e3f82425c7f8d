"""The platform-upload service as it is shipped, but that Wealthbox's five minutes are as short as the bench says.

Nobody but a bench has reason to call a platform faster than it allows, so there is no setting for it.
"""

import os

from leadstream.runtime import main
from platform_upload import bootstrap
from platform_upload.adapters.pacer import Pace

TIMES = "BENCH_TIMES"

if __name__ == "__main__":
    real = bootstrap.WEALTHBOX_CALLS
    bootstrap.WEALTHBOX_CALLS = Pace(real.calls, real.period / float(os.environ[TIMES]))
    main(bootstrap.SERVICE)
