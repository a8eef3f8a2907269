"""The database is lost in the middle of an incident; the tickets give it back, and people go on where they were."""

from playground.person import Person, Slack
from tests.stories.light import LightWorld, until


async def test_the_tickets_give_the_ledger_back_and_the_incident_goes_on(
    world: LightWorld, slack: Slack, priya: Person, tom: Person
) -> None:
    await world.proposed()
    before = await world.all_mirrored()
    await world.kill()
    for path in world.folder.glob("watchkeeper.db*"):
        path.unlink()

    code, said = await world.runs("ledger", "rebuild", "--from", "github", "--from", "files")
    assert code == 0, said
    assert f"chain        ok    1 incident hash for hash, {before.count} entries in all\n" in said
    assert "decisions    warn  1 decision that waited for people came back closed\n" in said
    again = await world.ledger()
    assert [entry.published for entry in again.entries[: before.count]] == [e.published for e in before.entries]
    assert again.fault == ""
    assert [entry.kind for entry in again.entries[before.count :]] == ["denied"]

    await world.start()
    await slack.expects(
        "Halted by watchkeeper", "the ledger was rebuilt from github, files", event_type="watchkeeper_halted"
    )
    assert (await world.all_mirrored()).count == before.count + 1
    await priya.types("/watch resume")
    await slack.expects("Resumed", "Priya Raman", event_type="watchkeeper_resumed")
    await tom.types("/watch run rollback-release checkout 2026.11.24-3 2026.11.24-2 once more")
    card = await slack.expects("Approvals", "Tom Becker", event_type="watchkeeper_proposal", reaction="no_entry")
    await priya.reacts("✅", card)
    incident = await world.ends()
    assert incident.closed
    assert len(world.shop.effects) == 1
    assert [len(world.github.snapshot()["issues"])] == [2], "one of the incident, one of the halts; none is doubled"

    code, said = await world.runs("ledger", "verify")
    assert code == 0, said
    await priya.types("/watch history checkout")
    await priya.is_told("History of checkout: 1 incident since", "INC-2041", "Tried: rollback-release")

    world.labels = {"service": "orders"}
    await world.alert_fires()
    await until(lambda: world.ledger(2042), lambda found: found.count > 0, 10, "the next incident has the next number")
