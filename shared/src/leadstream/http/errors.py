"""What can go wrong on the way to a provider, told apart by what the provider may have seen.

TransientError
├── NotSentError     nothing of the request left: DNS, refused, TLS, no connection in time
└── AmbiguousError   the request may have arrived, and no complete answer came back
PermanentError
└── UnsafeUrlError   we do not talk to that address (leadstream.urls)
"""

from leadstream.errors import TransientError


class NotSentError(TransientError):
    """Nothing of the request left this process: trying again cannot do anything twice."""


class AmbiguousError(TransientError):
    """The request may have been carried out: try again only where an idempotency key protects it.

    `status_code` is set when the status line arrived and the body did not.
    """

    def __init__(self, message: str, *, status_code: int | None = None) -> None:
        super().__init__(message)
        self.status_code = status_code
