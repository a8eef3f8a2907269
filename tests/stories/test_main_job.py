"""The main job, from the alert to the closed incident, as people see it."""

from pathlib import Path

import pytest

from playground.person import Person, Slack
from playground.slack import cast
from tests.playground.github_client import DESCRIPTION
from tests.stories.light import LightWorld, until
from tests.stories.small_shop import GOOD


async def test_an_alert_becomes_a_proposal_and_a_persons_yes_repairs_the_shop(
    world: LightWorld, slack: Slack, priya: Person
) -> None:
    await world.ship_bad_release()
    root = await slack.expects("SEV2 major · checkout: 7.3 % of requests fail", "INC-2041")
    await slack.expects("logs", "KeyError: 'currency'", "412 of 430", thread_ts=root.ts)
    await slack.expects("Likely cause: release 2026.11.24-3 fails on orders without a currency", thread_ts=root.ts)
    card = await slack.expects(
        "roll back checkout to 2026.11.24-2",
        "Risk",
        "Medium",
        "0 of 1, from",
        "6 pods change image, 0 settings change",
        thread_ts=root.ts,
    )
    assert card.buttons[:2] == ["Approve", "Veto"]
    await slack.expects("Needs a decision", ts=root.ts)
    assert world.shop.effects == []

    await priya.reacts("✅", card)
    approved = await slack.expects("Approved", "Priya Raman", "1 of 1", ts=card.ts)
    assert "Approve" not in approved.buttons
    await slack.expects("Verified: error rate 7.3 % → 0 %", thread_ts=root.ts)
    assert len(world.shop.effects) == 1
    assert world.shop.release == GOOD

    await world.alert_resolves()
    await slack.expects("Closed", "resolved", ts=root.ts)
    await slack.expects("INC-2041 closed: resolved in", thread_ts=root.ts)
    incident = await world.all_mirrored()
    assert incident.closed
    code, words = await world.runs("ledger", "verify")
    assert code == 0, words


@pytest.mark.skipif(DESCRIPTION is None, reason="GitHub's description lies beside the repository, not here")
async def test_every_exchange_with_github_fits_its_own_description(tmp_path: Path) -> None:
    async with LightWorld(tmp_path, github=DESCRIPTION) as world:
        await world.start()
        card = await world.proposed()
        await world.slack.person(cast.PRIYA).reacts("✅", card)
        assert (await world.ends()).closed

        async def issue() -> str:
            return str(world.github.snapshot()["issues"][0]["state"])

        await until(issue, lambda state: state == "closed", 10, "the issue is closed")
        assert {"POST issue", "POST comment", "PATCH issue"} <= {call.call for call in world.github.calls}
        assert world.github.violations == []
