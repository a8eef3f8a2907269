"""PyGithub against the stand-in, in a thread, since it blocks; and GitHub's description, where it is at hand."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from github import Auth, Github
from github.Repository import Repository

from playground.vendors.github import GitHubStandIn

SPECS = Path(__file__).parents[3] / "shared/specs"
DESCRIPTION = next((path for path in (SPECS / "strict/github.json", SPECS / "github.json") if path.exists()), None)
Result = TypeVar("Result")


@contextmanager
def client(stand_in: GitHubStandIn, token: str = "ghp_watchkeeper", per_page: int = 100) -> Iterator[Github]:
    made = Github(
        auth=Auth.Token(token),
        base_url=stand_in.url,
        timeout=5,
        retry=None,
        seconds_between_requests=0,
        seconds_between_writes=0,
        per_page=per_page,
    )
    try:
        yield made
    finally:
        made.close()


async def repository(
    stand_in: GitHubStandIn, work: Callable[[Repository], Result], token: str = "ghp_watchkeeper", per_page: int = 100
) -> Result:
    """Do some work with PyGithub, which blocks, beside the loop that the stand-in runs in."""

    def run() -> Result:
        with client(stand_in, token, per_page) as made:
            return work(made.get_repo("shop/checkout"))

    return await asyncio.to_thread(run)
