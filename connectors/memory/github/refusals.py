"""What an error of PyGithub means, in the classes of the ports; it repeats nothing.

https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
Surprises: GitHub says "too fast" as 403 as well as 429, with or without Retry-After; 404 may mean "no right". PyGithub
lets `requests` errors through, and stumbles with whatever its parser meets over an answer that is no GitHub JSON.
"""

from collections.abc import Mapping

import requests
from github import GithubException, RateLimitExceededException

from connectors import http
from connectors.answer import tamed
from connectors.sent import nothing_was_sent
from engine.errors import Ambiguous, Permanent, Retryable, WatchkeeperError

# GitHub's advice for a secondary limit without a header: wait at least a minute.
_SECONDARY_WAIT = 60.0


def judged(who: str, err: Exception, secret: str, *, write: bool) -> WatchkeeperError:
    """The error to raise: of a read `Retryable` or `Permanent`, of a write also `Ambiguous`."""
    if isinstance(err, WatchkeeperError):
        return err
    if isinstance(err, GithubException):
        verdict = _of_status(who, err, secret)
    elif isinstance(err, requests.RequestException) and nothing_was_sent(err):
        verdict = Retryable(f"{who} could not be reached, nothing was sent ({type(err).__name__})")
    elif isinstance(err, RuntimeError) and "redirected" in str(err):
        verdict = Permanent(f"{who} has moved to another host; set memory.{who}.url")
    elif isinstance(err, requests.RequestException | TimeoutError):
        verdict = Ambiguous(f"{who} did not answer after the request was sent ({type(err).__name__})")
    else:
        verdict = Ambiguous(f"{who} answered with something that is not GitHub's ({type(err).__name__})")
    return Retryable(str(verdict)) if isinstance(verdict, Ambiguous) and not write else verdict


def _of_status(who: str, err: GithubException, secret: str) -> WatchkeeperError:
    headers = {name.lower(): value for name, value in (err.headers or {}).items()}
    said = _said(err, secret)
    limited = isinstance(err, RateLimitExceededException) or headers.get("x-ratelimit-remaining") == "0"
    if err.status == 429 or (err.status == 403 and (limited or "retry-after" in headers)):
        after = http.retry_after(headers, default=_SECONDARY_WAIT)
        return Retryable(f"{who} answered {err.status}, too fast: {said}", after=after)
    verdict = http.judge(who, err.status, headers, said)
    return verdict or Ambiguous(f"{who} answered {err.status} with something that is not GitHub's")


def _said(err: GithubException, secret: str) -> str:
    data = err.data if isinstance(err.data, Mapping) else {}
    parts = [data.get("message")]
    details = data.get("errors")
    parts += [item.get("message") for item in details if isinstance(item, Mapping)] if isinstance(details, list) else []
    text = "; ".join(part for part in parts if isinstance(part, str)) or "no reason given"
    return tamed(text.replace(secret, "[REDACTED]") if secret else text, 200)
