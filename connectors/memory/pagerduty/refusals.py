"""What an answer of PagerDuty's or an error of pdpyras means, in the classes of the ports; it repeats nothing.

https://developer.pagerduty.com/docs/errors · https://developer.pagerduty.com/docs/rest-api-rate-limits
Surprises: a 429 says in `ratelimit-reset` how many seconds are left, not when; a key that may only read is 403.
"""

from requests import RequestException

from connectors import http
from connectors.memory.pagerduty.client import Answered, PDClientError
from connectors.sent import nothing_was_sent
from engine.errors import Ambiguous, Permanent, Retryable, WatchkeeperError

_MINUTE = 60.0  # the span of PagerDuty's limit, where no header says what is left of it


def judged(who: str, err: Exception, secret: str, *, write: bool) -> WatchkeeperError:
    """The error to raise: of a read `Retryable` or `Permanent`, of a write also `Ambiguous`."""
    verdict = _judged(who, err, secret)
    return Retryable(str(verdict)) if isinstance(verdict, Ambiguous) and not write else verdict


def _judged(who: str, err: Exception, secret: str) -> WatchkeeperError:
    if isinstance(err, WatchkeeperError):
        return err
    if isinstance(err, Answered):
        return _of_answer(who, err, err.said.replace(secret, "[REDACTED]") if secret else err.said)
    cause = err.__cause__ if isinstance(err, PDClientError) else err
    kind = type(cause).__name__
    if isinstance(cause, RequestException) and nothing_was_sent(cause):
        return Retryable(f"{who} could not be reached, nothing was sent ({kind})")
    if isinstance(err, PDClientError | TimeoutError):
        return Ambiguous(f"{who} did not answer after the request was sent ({kind})")
    return Ambiguous(f"{who} answered with something that is not PagerDuty's ({kind})")


def _of_answer(who: str, answered: Answered, said: str) -> WatchkeeperError:
    if answered.status == 429:
        left = answered.headers.get("ratelimit-reset", "")
        after = min(float(left), http.MAX_WAIT) if left.isdecimal() else http.retry_after(answered.headers, _MINUTE)
        return Retryable(f"{who} answered 429, too fast: {said}", after=after)
    if answered.status in {301, 302, 303}:
        return Permanent(f"{who} answered {answered.status}: it has moved; set memory.{who}.url")
    verdict = http.judge(who, answered.status, answered.headers, said)
    return verdict or Ambiguous(f"{who} answered {answered.status} with something that is not PagerDuty's")
