"""SMART scopes, as far as they are about organizations: `system/Organization.cus`, `system/*.write`."""

import re

_SCOPE = re.compile(r"system/(?:Organization|\*)\.([a-z*]+)(?:\?.*)?")
_V1 = {"read": "rs", "write": "cud", "*": "cruds"}


def may_write(scopes: str) -> bool:
    """Whether these let somebody create and update organizations."""
    granted = (match[1] for each in scopes.split() if (match := _SCOPE.fullmatch(each)))
    letters = {letter for right in granted for letter in _V1.get(right, right)}
    return {"c", "u"} <= letters
