"""Keys that are somebody else's: people put the one of Clay where the one of Hunter belongs."""

from typing import Final

# As the keys of the sandbox begin.
_BEGINNINGS: Final = {
    "datashopper": "sandbox-datashopper",
    "clay": "sandbox-clay",
    "people_data_labs": "sandbox-people-data-labs",
    "hunter": "sandbox-hunter",
    "g2": "sandbox-g2",
    "resend": "re_",
}


def is_of_another(key: str, provider: str) -> bool:
    return any(
        key.startswith(beginning) for name, beginning in _BEGINNINGS.items() if name != provider
    )
