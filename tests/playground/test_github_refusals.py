"""The stand-in refuses what GitHub refuses, with GitHub's status and words."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from github import GithubException
from github.Repository import Repository

from playground.vendors.github import GitHubStandIn
from tests.playground.github_client import DESCRIPTION, repository


@pytest.fixture
async def github() -> AsyncIterator[GitHubStandIn]:
    """A stand-in whose every exchange is checked, where the description is at hand."""
    async with GitHubStandIn(validate=DESCRIPTION) as running:
        yield running
        assert running.violations == []


@pytest.fixture
async def unchecked() -> AsyncIterator[GitHubStandIn]:
    """A stand-in for requests that break the description on purpose."""
    async with GitHubStandIn() as running:
        yield running


async def test_the_hours_requests_run_out() -> None:
    async with GitHubStandIn(per_hour=4) as github:
        await repository(github, lambda repo: [repo.create_issue(title="x") for _ in range(2)])
        failure = await refused(github, lambda repo: repo.create_issue(title="x"))
        assert failure.status == 403
        assert failure.data["message"] == "API rate limit exceeded for user ID 41898282."
        assert failure.headers is not None
        assert failure.headers["x-ratelimit-remaining"] == "0"
        assert len(github.tracker.issues) == 2


async def refused(
    stand_in: GitHubStandIn, work: Callable[[Repository], Any], token: str = "ghp_watchkeeper"
) -> GithubException:
    with pytest.raises(GithubException) as raised:
        await repository(stand_in, work, token)
    return raised.value


async def test_a_wrong_token_is_refused(unchecked: GitHubStandIn) -> None:
    failure = await refused(unchecked, lambda repo: repo.create_issue(title="x"), token="ghp_wrong")
    assert (failure.status, failure.data["message"]) == (401, "Bad credentials")
    async with aiohttp.ClientSession(unchecked.url) as session, session.get("/user") as response:
        assert (response.status, (await response.json())["message"]) == (401, "Requires authentication")


async def test_rights_are_those_of_token_and_repository(github: GitHubStandIn) -> None:
    await repository(github, lambda repo: repo.create_issue(title="x", labels=["incident"]))
    by_reader = await repository(github, lambda repo: repo.create_issue(title="y", labels=["z"]), "ghp_tom")
    assert by_reader.labels == [], "labels by those without write access are dropped in silence"
    cases: list[tuple[str, Callable[[Repository], Any], int]] = [
        ("ghp_tom", lambda repo: repo.get_issue(318).edit(state="closed"), 403),
        ("ghp_tom", lambda repo: repo.get_issue(318).add_to_labels("z"), 403),
        ("ghp_reads", lambda repo: repo.get_issue(318).create_comment("z"), 403),
        ("ghp_reads", lambda repo: repo.create_issue(title="z"), 403),
        ("ghp_sam", lambda repo: repo.get_issue(318), 404),
    ]
    for token, work, status in cases:
        assert (await refused(github, work, token)).status == status
    await repository(github, lambda repo: repo.get_issue(319).edit(state="closed"), "ghp_tom")
    await repository(github, lambda repo: repo.get_issue(319).edit(title="by a maintainer"), "ghp_maya")
    assert github.tracker.issues[318].state == "open"


async def test_what_is_not_there_is_404_and_what_was_deleted_410(github: GitHubStandIn) -> None:
    await repository(github, lambda repo: repo.create_issue(title="x").create_comment("y"))
    assert (await refused(github, lambda repo: repo.get_issue(999))).status == 404
    github.tracker.delete_issue(318)
    for work in (
        lambda repo: repo.get_issue(318),
        lambda repo: repo._requester.requestJsonAndCheck(
            "POST", "/repos/shop/checkout/issues/318/comments", input={"body": "z"}
        ),
    ):
        failure = await refused(github, work)
        assert (failure.status, failure.data["message"]) == (410, "This issue was deleted")
    assert await repository(github, lambda repo: list(repo.get_issues(state="all"))) == []


async def test_what_does_not_fit_is_422_in_githubs_words(github: GitHubStandIn) -> None:
    issue = await repository(github, lambda repo: repo.create_issue(title="x"))
    assert issue.number == 318
    cases: list[tuple[Callable[[Repository], Any], dict[str, str]]] = [
        (
            lambda repo: repo.get_issue(318).create_comment("a" * 65_537),
            {
                "resource": "IssueComment",
                "code": "unprocessable",
                "field": "data",
                "message": "Body is too long (maximum is 65536 characters)",
            },
        ),
        (
            lambda repo: repo.create_issue(title="x", body="a" * 65_537),
            {
                "resource": "Issue",
                "code": "custom",
                "field": "body",
                "message": "body is too long (maximum is 65536 characters)",
            },
        ),
        (
            lambda repo: repo.create_issue(title="a" * 257),
            {
                "resource": "Issue",
                "code": "custom",
                "field": "title",
                "message": "title is too long (maximum is 256 characters)",
            },
        ),
        (lambda repo: repo.create_issue(title=" "), {"resource": "Issue", "code": "missing_field", "field": "title"}),
    ]
    for work, error in cases:
        failure = await refused(github, work)
        assert failure.status == 422
        assert failure.data["message"] == "Validation Failed"
        assert failure.data["errors"] == [error]
    longest = await repository(github, lambda repo: repo.get_issue(318).create_comment("a" * 65_536))
    assert len(longest.body) == 65_536


async def test_nonsense_is_answered_as_github_does(unchecked: GitHubStandIn) -> None:
    headers = {"Authorization": "token ghp_watchkeeper"}
    async with aiohttp.ClientSession(unchecked.url, headers=headers) as session:
        cases: list[tuple[str, str, Any, int, str]] = [
            ("POST", "/repos/shop/checkout/issues", b"{", 400, "Problems parsing JSON"),
            ("POST", "/repos/shop/checkout/issues", b"[]", 422, "Invalid request.\n\nFor 'properties//'"),
            ("POST", "/repos/shop/checkout/issues", b'{"title": 1}', 422, "Invalid request.\n\nFor 'properties/title'"),
            ("GET", "/repos/shop/other/issues", None, 404, "Not Found"),
            ("GET", "/nothing/here", None, 404, "Not Found"),
        ]
        for method, path, data, status, message in cases:
            async with session.request(method, path, data=data) as response:
                assert response.status == status
                assert (await response.json())["message"].startswith(message)
