"""A plan's question that is not asked, because its partner was silent too often; people's own are asked anyway."""

from datetime import datetime

from engine.health import Health
from engine.incident import Ask
from engine.ledger import Draft, Ledger
from engine.model import Kind, Owner, Silence
from engine.words import clock


async def skipped(health: Health, ask: Ask, ledger: Ledger) -> datetime | None:
    """Until when a plan's question is not asked, because its partner was silent too often; None where it is asked."""
    until = health.skip_end(ask.question.source) if ask.question.by == "partner" and not ask.person else None
    return until if until and await ledger.now() < until else None


def skipped_draft(ask: Ask, health: Health, until: datetime, owner: Owner) -> Draft:
    """The entry of a plan's question that is not asked, because its partner was silent too often."""
    question, silences = ask.question, health.standing(ask.question.source).silences
    silence = Silence(
        source=question.source,
        question=question.question,
        reason="skipped",
        says=f"skipped until {clock(until)} UTC: silent {silences} times in a row",
        until=until,
        in_a_row=silences,
    )
    payload = {"of": ask.id, **silence.to_json()}
    return Draft(f"answer/{ask.id}", Kind.SILENT, payload, "responder", owner=owner)
