"""What an error of Slack's Web API means for whoever called: again later, never again, or nobody knows.

A token that is not taken is no fault of the message: it ends, is exchanged, or its app is installed again.
"""

from slack_sdk.errors import SlackApiError

from engine.errors import Ambiguous, Permanent, Retryable

UNSURE = {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
NO_TOKEN = {"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"}
TOKEN_PAUSE = 5.0  # seconds
_STRANGE = "non-JSON"


def judged_as(err: SlackApiError, method: str) -> Retryable | Permanent | Ambiguous:
    """The error of ours, for a call that was sent once."""
    response = err.response
    code = str(response.get("error", "")) if hasattr(response, "get") else ""
    if code == "ratelimited" or getattr(response, "status_code", 200) == 429:
        return Retryable(f"Slack limits {method}", after=retry_after(err) or 1.0)
    if code in NO_TOKEN:
        return Retryable(f"Slack does not take the bot's token ({method}): {code}", after=TOKEN_PAUSE)
    if code in UNSURE or not code or _STRANGE in str(err) or getattr(response, "status_code", 200) >= 500:
        return Ambiguous(f"no usable answer from Slack ({method})")
    detail = response.get("response_metadata", {}).get("messages", []) if hasattr(response, "get") else []
    return Permanent(f"Slack refused {method}: {code}{' ' + '; '.join(map(str, detail)) if detail else ''}")


def retry_after(err: SlackApiError) -> float:
    """Seconds that Slack asks to wait; 0 where it does not say."""
    headers = getattr(err.response, "headers", None) or {}
    value = headers.get("Retry-After") or headers.get("retry-after") or 0
    return float(value) if str(value).replace(".", "", 1).isdigit() else 0.0
