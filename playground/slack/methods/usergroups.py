"""Reading user groups; on a free plan both methods answer `plan_upgrade_required`."""

from playground.slack.errors import SlackError
from playground.slack.model import Json
from playground.slack.web_api import Call


def listed(call: Call) -> Json:
    """`usergroups.list`, with `include_users` the members too."""
    _paid(call)
    full = call.args.flag("include_users")
    groups = call.desk.workspace.groups.values()
    return {"usergroups": [group.as_slack(call.desk.workspace.team, users=full) for group in groups]}


def users_listed(call: Call) -> Json:
    """`usergroups.users.list`."""
    _paid(call)
    group = call.desk.workspace.groups.get(call.args.required("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}


def _paid(call: Call) -> None:
    if not call.desk.workspace.paid_plan:
        raise SlackError("plan_upgrade_required")
