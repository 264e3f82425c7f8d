import base64
import secrets

from leadstream.crypto import KEY_BYTES


def generate_key(key_id: str) -> str:
    """An entry for ENCRYPTION_KEYS."""
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"
