"""The main job on PostgreSQL, with a crash in the middle: another start adopts what the dead one owned."""

from playground.person import Person, Slack
from tests.conftest import DatabaseUrl
from tests.stories.light import LightWorld, until


async def test_the_main_job_on_postgresql(
    stage: LightWorld, slack: Slack, priya: Person, database_url: DatabaseUrl
) -> None:
    stage.tree["ledger"]["url"] = database_url("postgresql")
    await stage.start()
    card = await stage.proposed()
    await stage.restart()
    await priya.reacts("✅", card)
    await slack.expects("Approved", "Priya Raman", ts=card.ts, within=25)
    await slack.expects("Verified: error rate")
    await stage.alert_resolves()
    await slack.expects("Closed, resolved", "the same in both records", within=25)

    async def held() -> tuple[list[int], list[int]]:
        return stage.in_github().numbers, stage.in_files().numbers

    github, files = await until(held, lambda both: both[0] == both[1], 10, "both records hold the same")
    assert github == files == list(range(1, len(files) + 1))
    assert len(stage.shop.effects) == 1
    code, words = await stage.runs("ledger", "verify")
    assert code == 0, words
    assert f"{len(files)} entries" in words
