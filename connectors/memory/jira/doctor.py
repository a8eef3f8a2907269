"""What a write to Jira would meet, found out by reading alone: rights, issue type, priority, epic, transitions."""

from collections.abc import Mapping
from typing import Any

from connectors.memory.jira import jql
from connectors.memory.jira.calls import Calls, shaped
from connectors.memory.jira.config import JiraConfig
from connectors.memory.jira.reading import standing
from connectors.memory.jira.workflow import named, offered, spoken
from engine.errors import Permanent, Retryable
from engine.words import listed

NEEDED = ("BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "ADD_COMMENTS", "TRANSITION_ISSUES")
USEFUL = "DELETE_OWN_COMMENTS"


async def examine(calls: Calls, who: str, config: JiraConfig) -> str:
    """One sentence about what may be written where. Raises what a write would raise, and `Permanent` with the mend."""
    name = (await _object(calls, who, "/myself")).get("displayName", "?")
    lacking = await _rights(calls, who, config)
    await _fields(calls, who, config)
    if config.parent and await calls.get(f"/issue/{config.parent}", also={404}, fields="created") is None:
        raise Permanent(f"{who}: the epic {config.parent} does not exist, or this account may not see it")
    unseen = await _transitions(calls, who, config)
    notes = [", but not delete copies: that needs “Delete own comments”"] if USEFUL in lacking else []
    notes += [f"; whether it may go to {listed(unseen)} shows with the first issue"] if unseen else []
    return f"may write issues in {config.project} as {name}{''.join(notes)}"


async def _rights(calls: Calls, who: str, config: JiraConfig) -> list[str]:
    asked = ",".join((*NEEDED, USEFUL))
    answer = await _object(calls, who, "/mypermissions", projectKey=config.project, permissions=asked)
    rights = answer.get("permissions")
    if not isinstance(rights, Mapping):
        raise Retryable(f"{who} does not say what this account may do")
    lacking = [name for name in (*NEEDED, USEFUL) if not (rights.get(name) or {}).get("havePermission")]
    if missing := [name for name in lacking if name != USEFUL]:
        raise Permanent(f"{who}: this account lacks {', '.join(missing)} in {config.project}")
    return lacking


async def _fields(calls: Calls, who: str, config: JiraConfig) -> None:
    path = f"/issue/createmeta/{config.project}/issuetypes"
    types = shaped(who, await calls.get(path, maxResults=200), "issueTypes")
    found = next((one for one in types if str(one.get("name")).casefold() == config.issue_type.casefold()), None)
    if found is None:
        names = ", ".join(f"`{one.get('name')}`" for one in types)
        raise Permanent(f"{who}: {config.project} has no issue type `{config.issue_type}`, but {names or 'none'}")
    fields = shaped(who, await calls.get(f"{path}/{found.get('id')}", maxResults=200), "fields")
    there = {one.get("fieldId") for one in fields}
    wanted = {"labels": True, "description": True, "priority": bool(config.priorities), "parent": bool(config.parent)}
    if absent := [name for name, used in wanted.items() if used and name not in there]:
        raise Permanent(f"{who}: a new {config.issue_type} in {config.project} takes no {', '.join(absent)}")


async def _transitions(calls: Calls, who: str, config: JiraConfig) -> list[str]:
    """The configured ones of which nothing is known yet. Raises `Permanent` where our newest issue lacks its next."""
    statuses = await _statuses(calls, who, config)
    unproved = [config.resolve, config.reopen]
    answer = await calls.get("/search/jql", jql=jql.newest(config.project, mine=True), maxResults=1, fields="status")
    for issue in shaped(who, answer, "issues"):
        wanted = config.reopen if standing(who, issue).closed else config.resolve
        transitions = await offered(calls, who, str(issue.get("id")))
        if named(transitions, wanted) is None:
            raise Permanent(f"{who}: {issue.get('key')} offers no transition `{wanted}`, but {spoken(transitions)}")
        unproved.remove(wanted)
    return [one for one in unproved if one.casefold() not in statuses]


async def _statuses(calls: Calls, who: str, config: JiraConfig) -> set[str]:
    types = await calls.get(f"/project/{config.project}/statuses")
    if not isinstance(types, list):
        raise Retryable(f"{who} does not say which statuses {config.project} has")
    mine = [one for one in types if str(one.get("name")).casefold() == config.issue_type.casefold()]
    return {str(status.get("name")).casefold() for one in mine for status in one.get("statuses") or []}


async def _object(calls: Calls, who: str, path: str, **params: Any) -> Mapping[str, Any]:
    answer = await calls.get(path, **params)
    if not isinstance(answer, Mapping):
        raise Retryable(f"{who} answered with something that is not Jira's")
    return answer
