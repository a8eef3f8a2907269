"""Jira over REST: each refusal has its class, nothing is sent twice, an issue is found although the search lags."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.memory.jira import JiraConfig, JiraIssues, adf, fields, jql, marks
from engine.errors import Ambiguous, Denied, Permanent, Retryable, Unsupported
from engine.memory import Note, Ticket, TicketState
from engine.redact import Clean
from playground.vendors.jira import JiraStandIn
from playground.vendors.jira.documents import typed
from playground.vendors.jira.model import DONE, IN_PROGRESS, TO_DO, Transition
from playground.vendors.jira.tracker import SCREEN
from tests.connectors.outside import CUT, DRIP, HANG, SECRET, Outside, closed_port, outside, reply
from tests.playground.running import eventually

AT = datetime(2026, 11, 24, 2, 7, 4, tzinfo=UTC)
STATE = TicketState(Clean("INC-2041: checkout"), (Clean("incident"), Clean("SEV2 major"), Clean("service: checkout")))
TICKET = Ticket("10507", "Jira OPS-771")
DESCRIPTION = Path(__file__).parents[3] / "shared/specs/strict/jira.json"
EMAIL = "watchkeeper@shop.example"
ME = reply(200, {"accountId": "5f0000000000000000000001", "displayName": "Watchkeeper"})


def note(n: int, text: str = "**Finding by logs**", data: str = "eJyt") -> Note:
    return Note("INC-2041", n, "finding", f"op-{n}", "9c41e07a52d1", "5e0b", data, Clean(text), AT, b"{}")


@asynccontextmanager
async def issues(url: str, **settings: Any) -> AsyncIterator[JiraIssues]:
    given = {"project": "OPS", "email": EMAIL, "token": "jira-watchkeeper", "url": url, "seconds": 1, **settings}
    backend = JiraIssues("jira", JiraConfig.model_validate(given))
    try:
        yield backend
    finally:
        await backend.aclose()


def soon() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=5)


@pytest.mark.skipif(not DESCRIPTION.exists(), reason="Jira's description lies beside the repository, not here")
async def test_a_whole_incident_keeps_to_jiras_own_description() -> None:
    async with (
        JiraStandIn(validate=DESCRIPTION, first_issue=770) as hub,
        issues(hub.url, parent="OPS-770") as memory,
    ):
        assert opened(hub, "Maya Okafor", "Incidents 2026", type_="Epic").key == "OPS-770"
        await memory.check()
        ticket = await memory.create("INC-2041", STATE, note(1))
        assert (ticket.label, ticket.url) == ("Jira OPS-771", f"{hub.url}/browse/OPS-771")
        assert await memory.find("INC-2041", "op-1", soon()) == ticket
        await memory.append(ticket, note(2))
        await memory.look(ticket, "op-2")
        await memory.settle(ticket, replace(STATE, title=Clean("closed"), closed=True))
        await memory.read(ticket)
        assert (await memory.standing(ticket)).by == "5f0000000000000000000001"
        await memory.search(Clean("closed"), "checkout")
        assert hub.violations == []
        issue = hub.snapshot()["issues"][-1]
        assert (issue["summary"], issue["status"], issue["priority"], issue["parent"], issue["labels"]) == (
            "closed",
            "Done",
            "High",
            "OPS-770",
            ["SEV2-major", "incident", "service-checkout"],
        )


def opened(hub: JiraStandIn, name: str, summary: str, *, type_: str = "Task", marked: Note | None = None) -> Any:
    """An issue that somebody opens by hand, or a script of theirs that copies our marker."""
    made = {"project": {"key": hub.tracker.project}, "issuetype": {"name": type_}, "summary": summary}
    return hub.tracker.open_issue(person(hub, name), made, {marks.KEY: marks.value(marked)} if marked else {})


def person(hub: JiraStandIn, name: str = "Maya Okafor") -> Any:
    somebody = hub.account(name)
    assert somebody
    return somebody


async def test_settling_asks_once_and_writes_only_a_difference() -> None:
    async with JiraStandIn() as hub, issues(hub.url) as memory:
        ticket = await memory.create("INC-2041", STATE, note(1))
        hub.calls.clear()
        await memory.settle(ticket, STATE)
        assert [call.call for call in hub.calls] == ["GET issue"]


async def test_labels_of_people_stay_and_our_old_ones_go() -> None:
    async with JiraStandIn() as hub, issues(hub.url) as memory:
        ticket = await memory.create("INC-2041", STATE, note(1))
        issue = next(iter(hub.tracker.issues.values()))
        hub.tracker.edit_issue(person(hub), ticket.id, {"labels": [*issue.labels, "wontfix"]})
        await memory.settle(ticket, replace(STATE, labels=(Clean("SEV1 critical"), Clean("service: search"))))
        assert set(issue.labels) == {"incident", "SEV1-critical", "service-search", "wontfix"}
        assert issue.priority == "Highest"


def test_a_title_is_cut_as_jira_counts() -> None:
    assert fields.cut("x" * 255) == "x" * 255
    assert fields.cut("x" * 256) == f"{'x' * 254}…"
    assert len(fields.cut("\U0001f525" * 200).encode("utf-16-le")) // 2 == 255


async def test_a_workflow_is_walked_by_name_and_a_missing_transition_names_the_others() -> None:
    own = (
        Transition("5", "Resolve this", DONE, frozenset({"To Do", "In Progress"})),
        Transition("7", "Start", IN_PROGRESS, frozenset({"To Do"})),
        Transition("9", "Back to the queue", TO_DO, frozenset({"Done"})),
    )
    async with (
        JiraStandIn(workflow=own) as hub,
        issues(hub.url, resolve="resolve this", reopen="to do") as memory,
        issues(hub.url, resolve="Closed") as wrong,
    ):
        assert "whether it may go to Closed shows with the first issue" in await wrong.check()
        ticket = await memory.create("INC-2041", STATE, note(1))
        for closed in (True, False):
            await memory.settle(ticket, replace(STATE, closed=closed))
            assert (await memory.standing(ticket)).closed == closed
        for refused in (wrong.settle(ticket, replace(STATE, closed=True)), wrong.check()):
            with pytest.raises(Permanent, match="OPS-771 offers no transition `Closed`, but `Resolve this`, `Start`"):
                await refused


async def test_a_marker_in_somebody_elses_property_is_not_ours() -> None:
    async with JiraStandIn() as hub, issues(hub.url) as memory:
        ticket = await memory.create("INC-2041", STATE, note(1))
        forged = {marks.KEY: marks.value(note(2))}
        hub.tracker.add_comment(person(hub), ticket.id, typed("forged"), forged)
        opened(hub, "Maya Okafor", "forged", marked=note(7))
        assert await memory.look(ticket, "op-2") is None
        assert await memory.find("INC-2041", "op-7", soon()) is None
        assert await memory.tickets() == [ticket]
        assert [hit.incident for hit in await memory.search(Clean("forged"))] == ["", "INC-2041"]
        mine = await memory.append(ticket, note(2))
        assert await memory.look(ticket, "op-2") == mine


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "text",
        {"v": 2},
        {**marks.value(note(2)), "seq": True},
        {**marks.value(note(2)), "seq": -1},
        {**marks.value(note(2)), "op": "a b"},
        {**marks.value(note(2)), "data": "<"},
        {**marks.value(note(2)), "incident": "x"},
    ],
)
def test_a_property_that_we_never_write_is_no_marker(value: Any) -> None:
    assert marks.read(value) is None
    assert marks.of([{"key": marks.KEY, "value": value}]) is None
    assert marks.of({marks.KEY: value}) is None


async def test_a_property_set_again_is_the_same_marker() -> None:
    async with JiraStandIn() as hub, issues(hub.url) as memory:
        ticket = await memory.create("INC-2041", STATE, note(1))
        id_ = await memory.append(ticket, note(2))
        before = await memory.one(ticket, id_)
        for _ in range(2):
            await memory._calls.send("PUT", f"/comment/{id_}/properties/{marks.KEY}", marks.value(note(2)))
        assert await memory.one(ticket, id_) == before


async def test_an_issue_is_found_although_the_search_knows_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with JiraStandIn() as hub, issues(hub.url) as memory:
        old = await memory.create("INC-1", STATE, note(1))
        monkeypatch.setattr(hub.index, "learn", lambda issue: None)  # from now on the search stays behind
        for _ in range(130):
            opened(hub, "Maya Okafor", "x")
        hub.tracker.skip(40)  # creations that were refused
        ticket = await memory.create("INC-2041", STATE, note(2))
        assert ticket.label == "Jira OPS-942"
        assert [hit.ticket for hit in await memory.search(Clean("INC-2041"))] == [old]
        assert await memory.find("INC-2041", "op-2", soon()) == ticket
        assert await memory.find("INC-2041", "op-3", soon()) is None
        assert await memory.tickets() == [old, ticket]


async def test_an_issue_that_the_search_has_passed_over_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async with JiraStandIn() as hub, issues(hub.url) as memory:
        with monkeypatch.context() as late:
            late.setattr(hub.index, "learn", lambda issue: None)
            ticket = await memory.create("INC-2041", STATE, note(1))
        opened(hub, "Maya Okafor", "newer, and known")
        assert await memory.find("INC-2041", "op-1", soon()) == ticket


async def test_of_two_issues_the_oldest_is_found() -> None:
    async with JiraStandIn() as hub, issues(hub.url) as memory:
        first = await memory.create("INC-2041", STATE, note(1))
        await memory.create("INC-2041", STATE, note(1))
        assert await memory.find("INC-2041", "op-1", soon()) == first


async def test_a_clock_that_is_wrong_there_hides_nothing() -> None:
    async with JiraStandIn() as hub, issues(hub.url) as memory:
        for ahead in (-7200.0, 7200.0):
            hub.clock.ahead = ahead
            ticket = await memory.create("INC-2041", STATE, note(1 if ahead < 0 else 2))
            assert await memory.find("INC-2041", "op-1" if ahead < 0 else "op-2", soon()) == ticket


async def test_comments_and_issues_beyond_one_page_are_found() -> None:
    async with JiraStandIn() as hub, issues(hub.url) as memory:
        ticket = await memory.create("INC-2041", STATE, note(1))
        for _ in range(120):
            hub.tracker.add_comment(person(hub), ticket.id, typed("+1"), {})
        mine = await memory.append(ticket, note(2))
        assert await memory.look(ticket, "op-2") == mine
        for n in range(250):
            opened(hub, "Watchkeeper", "x", marked=note(100 + n))
        assert len(await memory.tickets()) == 251
        found = await memory.find("INC-2041", "op-105", soon())
        assert found is not None
        assert found.label == "Jira OPS-777"


async def test_pages_of_the_longest_comments_are_read() -> None:
    async with JiraStandIn() as hub, issues(hub.url, seconds=8) as memory:
        ticket = await memory.create("INC-2041", STATE, note(1))
        longest = adf.document("é" * 30_000)  # two bytes each, and more than an answer holds in one page
        for n in range(2, 102):
            held = {marks.KEY: marks.value(note(n, data="A" * marks.MAX_FORM))}
            hub.tracker.add_comment(person(hub, "Watchkeeper"), ticket.id, longest, held)
        assert [one.marker.n for one in await memory.read(ticket) if one.marker] == list(range(1, 102))


async def test_since_gives_what_is_new_or_edited_and_an_edit_has_its_time() -> None:
    async with JiraStandIn() as hub, issues(hub.url) as memory:
        ticket = await memory.create("INC-2041", STATE, note(1))
        ids = []
        for text in ("old", "edited", "new"):
            hub.clock.ahead += 60.0
            ids.append(hub.tracker.add_comment(person(hub), ticket.id, typed(text), {}).id)
        _, edited, new = ids
        hub.clock.ahead += 60.0
        hub.tracker.edit_comment(person(hub), ticket.id, edited, typed("approve 19"))
        body, first, second, third = await memory.read(ticket)
        assert [one.edited_at is None for one in (body, first, second, third)] == [True, True, False, True]
        assert second.edited_at
        assert [one.id for one in await memory.read(ticket, second.edited_at)] == ["body", edited]
        assert [one.id for one in await memory.read(ticket, third.at)] == ["body", edited, new]


@pytest.mark.parametrize("fault", ["error-after", "html-after", "hang-after", "cut-after", "half"])
async def test_an_unknown_outcome_is_told_and_then_found(fault: str) -> None:
    async with JiraStandIn() as hub, issues(hub.url) as memory:
        hub.faults.add(fault, "POST issue")
        with pytest.raises(Ambiguous):
            await memory.create("INC-2041", STATE, note(1))
        ticket = await memory.find("INC-2041", "op-1", soon())
        assert ticket
        hub.faults.add(fault, "POST comment")
        with pytest.raises(Ambiguous):
            await memory.append(ticket, note(2))
        assert await memory.look(ticket, "op-2")
        calls = [call.call for call in hub.calls]
        assert (calls.count("POST issue"), calls.count("POST comment")) == (1, 1)


async def test_a_write_that_lands_late_is_found_then() -> None:
    async with JiraStandIn() as hub, issues(hub.url) as memory:
        ticket = await memory.create("INC-2041", STATE, note(1))
        fault = hub.faults.add("late", "POST comment", delay=0.05)
        with pytest.raises(Ambiguous):
            await memory.append(ticket, note(2))
        assert fault.delay < memory.capabilities.late_write_seconds
        assert await eventually(lambda: memory.look(ticket, "op-2"), bool)


@pytest.mark.parametrize("fault", ["limit", "limit-dated"])
async def test_too_fast_is_not_now(fault: str) -> None:
    async with JiraStandIn() as hub, issues(hub.url) as memory:
        ticket = await memory.create("INC-2041", STATE, note(1))
        hub.faults.add(fault, retry_after=17, times=None)
        for call in (memory.append(ticket, note(2)), memory.look(ticket, "op-2"), memory.settle(ticket, STATE)):
            with pytest.raises(Retryable, match="Rate limit exceeded") as told:
                await call
            assert 14 <= told.value.after <= 17


async def test_every_status_has_its_class_and_is_asked_once() -> None:
    statuses = [400, 401, 403, 404, 405, 406, 408, 409, 410, 413, 422, 429, 451, 500, 502, 503, 504, 301, 302, 307, 308]
    async with outside(ME) as world, issues(world.url, token=SECRET, seconds=8) as memory:
        await memory._who()
        world.requests.clear()
        for status in statuses:
            body = {"errorMessages": [f"no {SECRET}"], "errors": {"summary": f"{SECRET} too"}}
            world.says(reply(status, body, {"Location": "/elsewhere"}))
            with pytest.raises((Retryable, Permanent, Ambiguous)) as write:
                await memory.append(TICKET, note(2))
            with pytest.raises((Retryable, Permanent)) as read:
                await memory.look(TICKET, "op-2")
            soon_again = status in {408, 429}
            unknown = status >= 500 or status in {301, 302}
            expected = Retryable if soon_again else Ambiguous if unknown else Permanent
            assert write.type is expected, status
            assert read.type is (Retryable if soon_again or unknown else Permanent), status
            assert SECRET not in f"{write.value}{read.value}{write.value.__cause__!r}"
        assert len(world.requests) == 2 * len(statuses)


@pytest.mark.parametrize(
    "answer",
    [CUT, HANG, DRIP, reply(201, b"<html>"), reply(201, b"{"), reply(201, []), reply(201, {}), reply(201, {"id": 7})],
)
async def test_an_answer_that_cannot_be_read_may_have_happened(answer: bytes) -> None:
    async with outside(answer) as world, issues(world.url, token=SECRET) as memory:
        with pytest.raises(Ambiguous) as told:
            await memory.append(TICKET, note(2))
        assert SECRET not in str(told.value)
        assert len(world.requests) == 1
        with pytest.raises(Ambiguous):
            await memory.create("INC-2041", STATE, note(1))


LOOKS = [
    reply(200, b"<html>log in</html>"),
    reply(200, {"a": 1}),
    reply(200, [1]),
    reply(200, {"comments": [1], "total": 1, "issues": [1]}),
    reply(200, {"comments": [], "total": 3, "issues": [{"id": "x"}]}),
    reply(200, {"comments": [{"id": "9"}], "issues": [{"id": "9"}]}),
    CUT,
    HANG,
]


@pytest.mark.parametrize("answer", LOOKS)
async def test_a_look_that_cannot_be_read_is_no_negative_look(answer: bytes) -> None:
    async with outside(ME, answer) as world, issues(world.url) as memory:
        with pytest.raises(Retryable):
            await memory.look(TICKET, "op-2")
        with pytest.raises(Retryable):
            await memory.find("INC-2041", "op-1", AT)
        assert world.requests


@pytest.mark.parametrize("fault", ["error", "html", "cut", "half"])
async def test_a_read_that_is_a_post_is_a_read(fault: str) -> None:
    async with JiraStandIn() as hub, issues(hub.url) as memory:
        ticket = await memory.create("INC-2041", STATE, note(1))
        await memory.append(ticket, note(2))
        hub.faults.add(fault, "POST comments_list")
        with pytest.raises(Retryable):
            await memory.look(ticket, "op-2")
        hub.faults.add(fault, "POST fetch")
        with pytest.raises(Retryable):
            await memory.find("INC-2041", "op-1", soon())


async def test_an_issue_that_could_not_be_fetched_is_no_negative_look() -> None:
    empty = reply(200, {"issues": []})
    broken = reply(200, {"issues": [], "issueErrors": [{"id": "1"}]})
    async with outside(ME, empty, empty, broken) as world, issues(world.url) as memory:
        with pytest.raises(Retryable, match="newest"):
            await memory.find("INC-2041", "op-1", AT)


async def test_what_never_left_was_not_done() -> None:
    async with issues(closed_port()) as memory:
        with pytest.raises(Retryable, match="nothing was sent"):
            await memory.append(TICKET, note(2))


async def test_what_is_too_large_is_refused_before_it_is_sent() -> None:
    room = marks.MAX_VALUE - marks.size(marks.value(note(2, data="")))
    async with outside(reply(201, {"id": "9"})) as world, issues(world.url) as memory:
        assert await memory.append(TICKET, note(2, data="A" * room)) == "9"
        assert marks.size(world.requests[0].json["properties"][0]["value"]) == marks.MAX_VALUE
        world.requests.clear()
        with pytest.raises(Permanent, match="32,768 bytes"):
            await memory.append(TICKET, note(2, data="A" * (room + 1)))
        with pytest.raises(Permanent, match="32,767 characters"):
            await memory.append(TICKET, note(2, "x" * 40_000))
        assert world.requests == []


async def test_the_largest_of_each_is_taken_by_jira() -> None:
    room = marks.MAX_VALUE - marks.size(marks.value(note(2, data="")))
    text = "x" * (adf.MAX_DOCUMENT - adf.size(adf.document("x")) + 1)
    async with JiraStandIn() as hub, issues(hub.url) as memory:
        ticket = await memory.create("INC-2041", STATE, note(1, text, data="A" * (room)))
        await memory.append(ticket, note(2, text, data="A" * room))
        found = await memory.read(ticket)
        assert [one.text for one in found] == [text, text]
        assert found[1].marker
        assert found[1].marker.data == "A" * room


async def test_a_ticket_that_is_gone_is_gone_for_good() -> None:
    async with JiraStandIn() as hub, issues(hub.url) as memory:
        ticket = await memory.create("INC-2041", STATE, note(1))
        hub.tracker.delete_issue(person(hub), ticket.id)
        for call in (
            memory.append(ticket, note(2)),
            memory.standing(ticket),
            memory.read(ticket),
            memory.one(ticket, "99"),
            memory.settle(ticket, STATE),
        ):
            with pytest.raises(Permanent, match="404"):
                await call


async def test_the_search_says_words_and_no_operators() -> None:
    assert jql.searchable('a OR "b" -c* (d:e)~2 x\\y') == 'a or \\"b\\" \\-c\\* \\(d\\:e\\)\\~2 x\\\\y'
    assert jql.searchable("word " * 5_000) == " ".join(["word"] * jql.MAX_WORDS)
    assert jql.quoted('a" OR project = "X\\') == '"a\\" OR project = \\"X\\\\"'
    async with JiraStandIn() as hub, issues(hub.url) as memory:
        state = replace(STATE, title=Clean("KeyError: 'currency' in C++ (checkout) 7.3 % [x] a/b"))
        ticket = await memory.create("INC-2041", state, note(1, "Only **here**"))
        for query in (state.title, "only HERE", "C++", "(checkout)", "7.3 %", ""):
            assert [hit.ticket for hit in await memory.search(Clean(query))] == [ticket], query
        assert await memory.search(Clean("only"), 'checkout" OR project = "OPS') == []
        assert [hit.excerpt for hit in await memory.search(Clean("only"), "checkout", soon())] == ["Only here"]
        assert await memory.search(Clean("only"), since=datetime.now(UTC) + timedelta(hours=1)) != []


async def test_a_webhook_counts_as_signed_and_of_this_project() -> None:
    def sign(body: bytes, key: str = "hush") -> dict[str, str]:
        return {"x-hub-signature": f"sha256={hmac.new(key.encode(), body, hashlib.sha256).hexdigest()}"}

    body = json.dumps({"webhookEvent": "comment_created", "issue": {"id": "10507", "key": "OPS-771"}}).encode()
    other = json.dumps({"issue": {"id": "10507", "key": "OPSX-771"}}).encode()
    async with issues(closed_port(), webhook_secret="hush") as memory, issues(closed_port()) as deaf:
        assert memory.hinted(sign(body), body) == ["10507"]
        for silent in (other, b"[]", b"{", b'{"issue": null}', b'{"issue": {"id": "x", "key": "OPS-1"}}'):
            assert memory.hinted(sign(silent), silent) == []
        for headers in ({}, sign(body, "guess"), {"x-hub-signature": sign(body)["x-hub-signature"][7:]}, sign(other)):
            with pytest.raises(Denied):
                memory.hinted(headers, body)
        with pytest.raises(Unsupported):
            deaf.hinted(sign(body), body)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"token": "wrong"}, "401: Client must be authenticated"),
        ({"email": "sam@shop.example", "token": "jira-sam"}, "404"),
        ({"email": "tom@shop.example", "token": "jira-tom"}, "lacks CREATE_ISSUES, EDIT_ISSUES, ADD_COMMENTS"),
        ({"issue_type": "Incident"}, "no issue type `Incident`, but `Epic`, `Task`"),
        ({"parent": "OPS-1"}, "epic OPS-1 does not exist"),
        ({"project": "NOPE"}, "404"),
    ],
)
async def test_the_doctor_hears_what_a_write_would(settings: dict[str, str], words: str) -> None:
    async with JiraStandIn() as hub, issues(hub.url, **settings) as memory:
        with pytest.raises(Permanent, match=words):
            await memory.check()
        assert hub.tracker.issues == {}


async def test_a_field_that_a_new_issue_does_not_take_is_named_before_it_is_refused() -> None:
    async with (
        JiraStandIn(screen=[name for name in SCREEN if name != "priority"]) as hub,
        issues(hub.url) as memory,
        issues(hub.url, priorities={}) as modest,
    ):
        with pytest.raises(Permanent, match="a new Task in OPS takes no priority"):
            await memory.check()
        with pytest.raises(Permanent, match="Field 'priority' cannot be set"):
            await memory.create("INC-2041", STATE, note(1))
        assert await modest.check() == "may write issues in OPS as Watchkeeper"
        await modest.create("INC-2041", STATE, note(1))


async def test_the_doctor_says_as_whom_and_what_is_missing() -> None:
    async with JiraStandIn() as hub, issues(hub.url) as memory:
        assert await memory.check() == "may write issues in OPS as Watchkeeper"
    keeps = {"email": "", "token": "jira-keeps"}
    async with JiraStandIn() as hub, issues(hub.url, **keeps) as memory:
        assert await memory.check() == (
            "may write issues in OPS as Keeps copies, but not delete copies: that needs “Delete own comments”"
        )


async def test_a_text_in_the_world_outside_is_one_request_with_its_marker() -> None:
    async with outside(reply(201, {"id": "9", "key": "OPS-9"})) as world, issues(world.url, priorities={}) as memory:
        await memory.create("INC-2041", STATE, note(1))
        await memory.append(TICKET, note(2))
        _written_whole(world)


def _written_whole(world: Outside) -> None:
    issue, comment = world.requests
    assert (issue.method, issue.path) == ("POST", "/rest/api/3/issue")
    assert (comment.method, comment.path) == ("POST", "/rest/api/3/issue/10507/comment")
    assert "priority" not in issue.json["fields"]
    for n, request in enumerate((issue, comment), 1):
        assert request.json["properties"] == [{"key": "watchkeeper", "value": marks.value(note(n))}]
