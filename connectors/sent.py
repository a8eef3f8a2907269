"""Whether a request of the library `requests` ever left: what did not was definitely not done."""

import ssl

import requests
import urllib3


def nothing_was_sent(err: requests.RequestException) -> bool:
    """Whether the connection was never made: DNS, connect, a certificate that does not hold."""
    cause = err.args[0] if err.args else None
    reason = cause.reason if isinstance(cause, urllib3.exceptions.MaxRetryError) else cause
    if isinstance(reason, urllib3.exceptions.SSLError):
        return bool(reason.args) and isinstance(reason.args[0], ssl.SSLCertVerificationError)
    return isinstance(
        reason,
        urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError | urllib3.exceptions.ProxyError,
    ) or isinstance(err, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema)
