"""Reading people; the stand-in's people are changed through its control door only."""

from playground.slack.errors import SlackError
from playground.slack.model import Json
from playground.slack.web_api import Call


def info(call: Call) -> Json:
    """`users.info`: flags for bots, guests, strangers and deactivated accounts are what approvals rest on."""
    user = call.desk.workspace.users.get(call.args.required("user"))
    if user is None:
        raise SlackError("user_not_found")
    return {"user": user.as_slack(call.desk.workspace.team, email=_email(call))}


def listed(call: Call) -> Json:
    """`users.list`, in one page: the workspace is small."""
    people = call.desk.workspace.users.values()
    members = [user.as_slack(call.desk.workspace.team, email=_email(call)) for user in people]
    return {
        "members": members,
        "cache_ts": int(call.desk.workspace.clock.now()),
        "response_metadata": {"next_cursor": ""},
    }


def _email(call: Call) -> bool:
    return "users:read.email" in call.desk.app.scopes
