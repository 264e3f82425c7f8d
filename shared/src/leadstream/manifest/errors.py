from leadstream.errors import LeadstreamError


class ManifestError(LeadstreamError):
    """What is wrong with a file, by line and field; never a value, which may be a secret."""

    def __init__(self, message: str, *, unset: bool = False) -> None:
        super().__init__(message)
        self.message = message
        # Variables that have no value are all that is wrong.
        self.unset = unset
