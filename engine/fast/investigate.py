"""Investigate: tools and partners in parallel, each with its own deadline; a source that is silent is an entry.

Only reads happen here, so a step may be repeated after a crash: whoever appends its answer first wins.
"""

import asyncio
from collections.abc import Mapping

import structlog

from engine.desk import Desk
from engine.errors import NotOwner, Retryable, WatchkeeperError
from engine.health import Health
from engine.incident import Ask, State
from engine.ledger import Draft
from engine.model import Finding, Kind, Silence, Window
from engine.ports import Partner, Tool
from engine.published import canonical
from engine.skip import skipped, skipped_draft

log = structlog.get_logger()
INLINE_BYTES = 8_000  # what a finding may weigh in the chain; the whole answer is kept apart


class Investigation:
    """Asks the questions of a plan, and those of people."""

    def __init__(
        self, desk: Desk, tools: Mapping[str, Tool], partners: Mapping[str, Partner], health: Health | None = None
    ) -> None:
        """`health` knows which partners are skipped, and hears at once what they said here."""
        self._ledger = desk.ledger
        self._incidents = desk.incidents
        self._lease = desk.lease
        self._clock = desk.clock
        self.tools = tools
        self.partners = partners
        self._health = health or Health()

    async def answer(self, state: State, ask: Ask) -> None:
        """Ask one question and append what came back: a finding, or a silence with its reason."""
        known = (await self._incidents.state(state.number)).asks[ask.id]
        if known.answer is not None:
            return  # it was answered, or stopped, since `state`: nobody is asked twice
        question = ask.question
        owner = self._lease.owner(state.number)
        actor = question.source
        asked_at = None
        if question.by == "partner":
            actor = f"partner:{question.source}"
            if ask.asked is None and ask.held is None and (until := await skipped(self._health, ask, self._ledger)):
                await self._ledger.append(state.number, skipped_draft(ask, self._health, until, owner))
                return
            if ask.asked is None:
                payload = {"of": ask.id, "question": question.to_json()}
                draft = Draft(f"asked/{ask.id}", Kind.ASKED, payload, "responder", owner=owner)
                asked_at = (await self._ledger.append(state.number, draft)).entry.at
            else:
                asked_at = ask.asked.at
        begun = self._clock.monotonic()
        heard = await self._hear(state, ask)
        heard = heard.model_copy(update={"seconds": round(self._clock.monotonic() - begun, 3)})
        if isinstance(heard, Silence):
            silence = self._health.silence(heard) if question.by == "partner" else heard
            heard, kind = silence.model_copy(update={"asked_at": asked_at}), Kind.SILENT
        else:
            heard, kind = await self._weigh(heard), Kind.FINDING
        payload = {"of": ask.id, **heard.to_json()}
        cause = ask.asked.n if ask.asked else None
        draft = Draft(f"answer/{ask.id}", kind, payload, actor, cause, owner=owner)
        entry = (await self._ledger.append(state.number, draft)).entry
        if question.by == "partner" and entry.kind in (Kind.FINDING, Kind.SILENT):
            self._health.take(entry.incident, entry.n, entry.kind, entry.at, entry.payload)

    async def _hear(self, state: State, ask: Ask) -> Finding | Silence:
        question = ask.question
        try:
            async with asyncio.timeout(question.seconds):
                finding = await self._ask(state, ask)
            return finding.model_copy(update={"question": question.question, "source": question.source})
        except TimeoutError:
            return _silent(ask, "timeout", f"did not answer in {question.seconds:g} s")
        except NotOwner:
            raise
        except Retryable as err:
            return _silent(ask, "unreachable", str(err))
        except WatchkeeperError as err:
            return _silent(ask, "failed", str(err))
        except Exception as err:  # a fault of ours keeps the other answers from nobody; it stands in the log
            log.exception("a source could not be asked", source=question.source)
            return _silent(ask, "failed", f"it could not be asked: {type(err).__name__}")

    async def _ask(self, state: State, ask: Ask) -> Finding:
        question, window = ask.question, window_of(state)
        if question.by == "tool":
            tool = self.tools.get(question.source)
            if tool is None:
                raise Retryable(f"no tool of the name {question.source} is configured")
            return await tool.read(question.arguments, window)
        partner = self.partners.get(question.source)
        if partner is None:
            raise Retryable(f"no partner of the name {question.source} is configured")
        triage = state.triage
        context = {
            "service": triage.service if triage else "",
            "environment": triage.environment if triage else "",
            "since": window.since.isoformat(),
            "until": window.until.isoformat(),
        }
        gate = self._ledger.gate
        finding = await partner.ask(gate.clean(question.question), gate.tree(context), question.seconds)
        return finding.model_copy(update={"role": finding.role or partner.role})

    async def _weigh(self, finding: Finding) -> Finding:
        """A heavy answer is kept apart whole, masked, and enters the chain shortened, by its digest."""
        whole = canonical(self._ledger.gate.tree(finding.to_json()).value).encode()
        if len(whole) <= INLINE_BYTES:
            return finding
        digest = await self._ledger.keep_evidence(whole)
        short = {"says": _cut(finding.says, 1500), "examples": tuple(line[:300] for line in finding.examples[:3])}
        facts = dict(list(finding.facts.items())[:20])
        return finding.model_copy(update={**short, "facts": facts, "evidence": digest, "evidence_bytes": len(whole)})


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def window_of(state: State) -> Window:
    """The stretch of time the investigation looks at."""
    if state.plan is not None:
        return state.plan.window
    at = state.entries[0].at
    return Window(since=at, until=at)


def _silent(ask: Ask, reason: str, says: str) -> Silence:
    value = {"source": ask.question.source, "question": ask.question.question, "reason": reason, "says": says}
    return Silence.model_validate(value)
