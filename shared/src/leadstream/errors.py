"""What can go wrong, as instructions to whoever catches it.

LeadstreamError
├── TransientError   may work later: wait and try again
└── PermanentError   never will: record it and go on
"""


class LeadstreamError(Exception):
    """Base of every error that is ours."""


class TransientError(LeadstreamError):
    """May work later."""


class PermanentError(LeadstreamError):
    """Will not work, however often it is tried."""
