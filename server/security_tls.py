"""TLS by flag: `loom serve --tls-cert cert.pem --tls-key key.pem`. Versions below 1.2 are refused."""

from __future__ import annotations

import ssl

from engine.errors import InvalidInput


def tls(certificate: str | None, key: str | None) -> ssl.SSLContext | None:
    """What to listen with; None for plain HTTP. Raises `InvalidInput` if the files are no good, or one is missing."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise InvalidInput("TLS needs both --tls-cert and --tls-key")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise InvalidInput(f"--tls-cert {certificate}, --tls-key {key}: {str(reason).lower()}") from None
    return context


def _no_password() -> str:
    raise ValueError("the key has a password; a server cannot type it")
