"""PyGithub works against the stand-in as against GitHub, and every exchange fits GitHub's own description."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest
from github.Repository import Repository

from playground.vendors.github import GitHubStandIn
from tests.playground.github_client import DESCRIPTION, client, repository
from tests.playground.running import process


@pytest.fixture
async def github() -> AsyncIterator[GitHubStandIn]:
    """A stand-in whose every exchange is checked, where the description is at hand."""
    async with GitHubStandIn(validate=DESCRIPTION) as running:
        yield running
        assert running.violations == []


@pytest.mark.skipif(DESCRIPTION is None, reason="GitHub's API description is not here")
async def test_the_description_is_really_checked() -> None:
    async with GitHubStandIn(validate=DESCRIPTION) as github, aiohttp.ClientSession(github.url) as session:
        headers = {"Authorization": "Bearer ghp_watchkeeper"}
        async with session.post("/repos/shop/checkout/issues", json={"titel": "x"}, headers=headers) as response:
            assert response.status == 422
        assert len(github.violations) == 1
        assert "'title' is a required property" in github.violations[0]


async def test_an_issue_lives_from_opening_to_closing(github: GitHubStandIn) -> None:
    def work(repo: Repository) -> None:
        issue = repo.create_issue(
            title="INC-2041 SEV2 major: checkout", body="alert", labels=["incident", "SEV2 major"]
        )
        assert (issue.number, issue.state, issue.state_reason) == (318, "open", None)
        assert [label.name for label in issue.labels] == ["incident", "SEV2 major"]
        assert (issue.user.login, issue.user.type) == ("watchkeeper", "Bot")
        first = issue.create_comment("Finding by logs")
        second = issue.create_comment("Finding by releases")
        second.edit("Finding by releases, corrected")
        assert [comment.body for comment in issue.get_comments()] == [first.body, "Finding by releases, corrected"]
        assert issue.get_comment(first.id).body == "Finding by logs"
        issue.add_to_labels("service: checkout")
        issue.remove_from_labels("incident")
        assert [label.name for label in issue.get_labels()] == ["SEV2 major", "service: checkout"]
        issue.edit(state="closed", state_reason="completed", title="closed", labels=["done"])
        again = repo.get_issue(318)
        assert (again.state, again.state_reason, again.title, again.comments) == ("closed", "completed", "closed", 2)
        assert again.closed_at is not None
        assert again.closed_by is not None
        issue.edit(state="open")
        assert repo.get_issue(318).state_reason == "reopened"
        first.delete()
        assert [comment.id for comment in issue.get_comments()] == [second.id]

    await repository(github, work)


async def test_reactions_are_one_a_person_and_kind(github: GitHubStandIn) -> None:
    def work(repo: Repository) -> None:
        comment = repo.create_issue(title="x").create_comment("approve 19")
        first, second = comment.create_reaction("eyes"), comment.create_reaction("eyes")
        assert first.id == second.id
        comment.create_reaction("+1")
        assert [reaction.content for reaction in comment.get_reactions()] == ["eyes", "+1"]
        assert comment.delete_reaction(first.id)
        assert [reaction.content for reaction in comment.get_reactions()] == ["+1"]

    await repository(github, work)


async def test_lists_are_cut_into_linked_pages_filtered_and_sorted(github: GitHubStandIn) -> None:
    def work(repo: Repository) -> None:
        for number in range(7):
            repo.create_issue(title=f"issue {number}", labels=["odd" if number % 2 else "even"])
        repo.get_issue(320).edit(state="closed")
        opened = [issue.number for issue in repo.get_issues()]
        assert opened == [324, 323, 322, 321, 319, 318], "newest first, the closed one left out"
        assert [issue.number for issue in repo.get_issues(state="all", sort="created", direction="asc")] == [
            *range(318, 325)
        ]
        assert [issue.number for issue in repo.get_issues(state="closed")] == [320]
        assert [issue.number for issue in repo.get_issues(labels=["odd"])] == [323, 321, 319]
        assert next(iter(repo.get_issues(state="all", sort="updated"))).number == 320
        assert list(repo.get_issues(creator="tom-becker")) == []
        issue = repo.get_issue(318)
        for number in range(5):
            issue.create_comment(str(number))
        assert [comment.body for comment in issue.get_comments()] == ["0", "1", "2", "3", "4"]
        assert [label.name for label in repo.get_labels()] == ["even", "odd"]

    await repository(github, work, per_page=2)
    pages = [call for call in github.calls if call.call == "GET comments"]
    assert len(pages) == 3


async def test_since_takes_in_its_own_second() -> None:
    times = iter(datetime(2026, 11, 24, 2, 7, second, 900_000, tzinfo=UTC) for second in range(60))

    def work(repo: Repository) -> None:
        issue = repo.create_issue(title="x")
        comments = [issue.create_comment(str(number)) for number in range(3)]
        since = comments[1].created_at
        assert since.microsecond == 0, "GitHub's times have whole seconds"
        assert [comment.body for comment in issue.get_comments(since=since)] == ["1", "2"]
        assert [found.number for found in repo.get_issues(since=issue.created_at)] == [318]

    async with GitHubStandIn(now=lambda: next(times), validate=DESCRIPTION) as github:
        await repository(github, work)
        assert github.violations == []


async def test_the_search_finds_an_incident(github: GitHubStandIn) -> None:
    def work() -> list[list[int]]:
        with client(github) as made:
            repo = made.get_repo("shop/checkout")
            assert (repo.full_name, repo.permissions.push) == ("shop/checkout", True)
            repo.create_issue(
                title="INC-2041 checkout", body="<!-- watchkeeper:1 INC-2041 seq=1 -->", labels=["incident"]
            )
            repo.create_issue(title="INC-2042 search", body="latency").create_comment("like INC-2041")
            asked = (
                'repo:shop/checkout is:issue is:open "INC-2041" in:body',
                "repo:shop/checkout INC-2041",
                "repo:shop/checkout label:incident author:watchkeeper",
                "repo:shop/other INC-2041",
                "repo:shop/checkout is:closed",
            )
            return [[issue.number for issue in made.search_issues(q, sort="created", order="asc")] for q in asked]

    assert await asyncio.to_thread(work) == [[318], [318, 319], [318], [], []]


async def test_who_asks_and_what_is_left_is_told(github: GitHubStandIn) -> None:
    def work() -> tuple[str, int, int]:
        with client(github) as made:
            login = made.get_user().login
            return login, made.rate_limiting[0], made.get_rate_limit().resources.core.remaining

    assert await asyncio.to_thread(work) == ("watchkeeper", 4999, 4999)


async def test_people_act_by_the_control_door_and_the_page_sees_it(github: GitHubStandIn) -> None:
    await repository(github, lambda repo: repo.create_issue(title="<b>x</b>", body="<script>", labels=["incident"]))
    before = github.snapshot()["version"]
    async with aiohttp.ClientSession(github.url) as session:
        asked = {"as": "maya-okafor", "do": "comment", "issue": 318, "body": "correct 16 <img src=x>"}
        async with session.post("/control/act", json=asked) as response:
            comment = (await response.json())["id"]
        async with session.post(
            "/control/act", json={"as": "tom-becker", "do": "edit_comment", "comment": comment, "body": "x"}
        ) as response:
            assert response.status == 403
        async with session.post("/control/act", json={"as": "nobody", "do": "comment"}) as response:
            assert response.status == 400
        async with session.get("/control/snapshot") as response:
            seen = await response.json()
        async with session.get("/shop/checkout/issues/318") as response:
            page = await response.text()
    assert seen["version"] > before
    (issue,) = seen["issues"]
    assert (issue["number"], issue["labels"], issue["author"], issue["bot"]) == (318, ["incident"], "watchkeeper", True)
    (said,) = issue["comments"]
    assert (said["author"], said["bot"], said["body"]) == ("maya-okafor", False, "correct 16 <img src=x>")
    assert issue["url"] == f"{github.url}/shop/checkout/issues/318"
    assert "<script>" not in page, "what people wrote is text"
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    read = await repository(github, lambda repo: [one.body for one in repo.get_issue(318).get_comments()])
    assert read == ["correct 16 <img src=x>"]


async def test_the_stand_in_runs_as_a_process() -> None:
    async with (
        process("playground.vendors.github", "--repository", "shop/search", "--first-issue", "77") as github,
        aiohttp.ClientSession(github["url"], headers={"Authorization": "Bearer ghp_watchkeeper"}) as session,
        session.post("/repos/shop/search/issues", json={"title": "x"}) as response,
    ):
        assert (response.status, (await response.json())["number"]) == (201, 77)
