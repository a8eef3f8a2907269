"""What an error of pysnow, requests or the session means, in the classes of the ports; it repeats nothing.

Definitely not done: every 4xx, a redirect that was not followed, a connection that was never made.
"""

from collections.abc import Sequence

import requests

from connectors import http
from connectors.answer import tamed
from connectors.memory.servicenow.session import Answered
from connectors.sent import nothing_was_sent
from engine.errors import Ambiguous, Permanent, Retryable, WatchkeeperError

_WAIT = 60.0  # a 429 without a header; the rule counts by the hour


def judged(who: str, err: Exception, secrets: Sequence[str], *, write: bool) -> WatchkeeperError:
    """The error to raise: of a read `Retryable` or `Permanent`, of a write also `Ambiguous`."""
    if isinstance(err, Retryable):
        return Retryable(f"{who}: {err}", after=err.after)
    if isinstance(err, WatchkeeperError):
        return type(err)(f"{who}: {err}")
    if isinstance(err, Answered):
        verdict = _of_status(who, err, secrets)
    elif isinstance(err, requests.RequestException) and nothing_was_sent(err):
        verdict = Retryable(f"{who} could not be reached, nothing was sent ({type(err).__name__})")
    elif isinstance(err, requests.RequestException | TimeoutError):
        verdict = Ambiguous(f"{who} did not answer after the request was sent ({type(err).__name__})")
    else:
        verdict = Ambiguous(f"{who} answered with something that is not ServiceNow's ({type(err).__name__})")
    return Retryable(str(verdict)) if isinstance(verdict, Ambiguous) and not write else verdict


def _of_status(who: str, err: Answered, secrets: Sequence[str]) -> WatchkeeperError:
    said = err.said
    for secret in secrets:
        said = said.replace(secret, "[REDACTED]") if secret else said
    if err.status == 429:
        after = http.retry_after(err.headers, default=_WAIT)
        return Retryable(f"{who} answered 429, too fast: {tamed(said, 200)}", after=after)
    if err.status == 404:
        return Permanent(f"{who} refused with 404: it is gone, or access rules hide it")
    verdict = http.judge(who, err.status, err.headers, tamed(said, 200))
    return verdict or Ambiguous(f"{who} answered {err.status} with something that is not ServiceNow's")
