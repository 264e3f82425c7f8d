"""Files that settings name: read at the start, because they fail each connection where they can't be."""

import ssl


def check_tls_files(ca: str | None, certificate: str | None, key: str | None) -> None:
    """Raise ValueError that names the variable whose file can't be used."""
    context = ssl.create_default_context()
    try:
        if ca:
            context.load_verify_locations(cafile=ca)
    except OSError as exc:
        raise ValueError(f"KAFKA_SSL_CAFILE can't be used: {_reason(exc)}") from None
    try:
        if certificate:
            context.load_cert_chain(certificate, key)
    except OSError as exc:
        raise ValueError(
            f"KAFKA_SSL_CERTFILE or KAFKA_SSL_KEYFILE can't be used: {_reason(exc)}"
        ) from None


def _reason(error: OSError) -> str:
    return (
        "it is not PEM, or they don't match"
        if isinstance(error, ssl.SSLError)
        else str(error.strerror)
    )
