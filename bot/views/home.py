"""The App Home of one person: what waits for them, what is open, how the record and the partners are, the last week.

Pure, and true for one moment; `moment` is the only line that differs when nothing else does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.views.halts import halt_line, waits_for_resume
from bot.views.partners import Partner, standing
from bot.views.parts import (
    FIELDS,
    Block,
    actions,
    button,
    code,
    context,
    date,
    divider,
    fields,
    header,
    link,
    outside,
    plain,
    section,
    time,
)
from bot.views.people import members_only, mentioned
from bot.views.phase import Phase, phase
from bot.views.places import proposal_number
from bot.views.records import health
from bot.views.scene import Record, Scene
from bot.views.status import status
from bot.views.tally import tally
from engine.incident import Ask, Decided, Held, State
from engine.proof import opened
from engine.week import Figures
from engine.words import MONTHS, NBSP, clock, count, day, span, took, upper_first

MOST_WAITING, MOST_OPEN, MOST_FIELDS = 10, 20, 2 * FIELDS


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal, or a held question, that this person may decide now; `url` is where its card stands, if known."""

    state: State
    n: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """What one person may see now. `open`: the incidents with the addresses of their root messages."""

    who: str
    scene: Scene
    full: bool = True  # a full member sees everything
    sees: bool = True  # a guest of the channel sees what is open, anybody else nothing
    waiting: tuple[Waiting, ...] = ()
    open: tuple[tuple[State, str], ...] = ()
    records: tuple[Record, ...] = ()
    partners: tuple[Partner, ...] = ()
    week: Figures | None = None
    channel: str = ""
    mode: str = "review"
    shift: tuple[datetime, datetime] | None = None  # of this person's own watch, now


def home(facts: Home) -> list[Block]:
    """The blocks of the view, at most 100."""
    blocks = [header(_title(facts)), context(moment(facts))]
    if not facts.sees:
        return [*blocks, section(members_only(facts.channel))]
    if facts.full:
        blocks += _part(f"Waits for you: {len(facts.waiting)}", _waiting(facts))
    blocks += _part(f"Open incidents: {len(facts.open)}", _open(facts))
    if facts.full:
        now = facts.scene.now
        blocks += _part(
            "Shared record", _fields((upper_first(r.label), health(r, now, facts.scene.command)) for r in facts.records)
        )
        blocks += _part("Partners", _fields((p.name, standing(p, now)) for p in facts.partners))
        blocks += _part("Last 7 days", [section(*_week(facts.week))] if facts.week else [])
        blocks.append(actions(button("Open an incident", "wk_declare_open", "home")))
    return blocks


def _title(facts: Home) -> str:
    """Whose watch it is; the hours only where a schedule says that it is theirs now."""
    who = plain(facts.who, 60)
    if facts.shift is None:
        return f"Watchkeeper, for {who}"
    ends = (at.astimezone(UTC) for at in facts.shift)
    since, until = (f"{at.day} {MONTHS[at.month - 1]} {clock(at)}" for at in ends)
    return f"Watch of {who}, {since} to {until} UTC"


def moment(facts: Home) -> str:
    """As of when, whether anything may start, by whose leave."""
    now, halted = facts.scene.now, facts.scene.halted
    stands = halt_line(facts.scene, halted).rstrip(".") if halted else "nothing is halted"
    frozen = "".join(f" · freeze “{outside(f.name, 80)}” until {date(f.until)}" for f in facts.scene.freezes[:3])
    return f"As of {date(now, seconds=True)} · {stands}{frozen} · mode: {outside(facts.mode, 20)}"


def _part(title: str, blocks: Sequence[Block]) -> list[Block]:
    return [divider(), header(title), *blocks] if blocks else []


def _fields(pairs: Iterable[tuple[str, str]]) -> list[Block]:
    shown = [(outside(label, 60), words) for label, words in pairs]
    rest = [context(f"and {len(shown) - MOST_FIELDS} more")] if len(shown) > MOST_FIELDS else []
    rows = [fields(*shown[i : i + FIELDS]) for i in range(0, min(len(shown), MOST_FIELDS), FIELDS)]
    return [*rows, *rest]


def _waiting(facts: Home) -> list[Block]:
    halted = [section(waits_for_resume(facts.scene))] if facts.scene.halted else []
    if not facts.waiting:
        return halted or [section("Nothing waits for your decision.")]
    shown = [_one_waiting(facts, one) for one in facts.waiting[:MOST_WAITING]]  # while halted, questions alone
    return [*halted, *shown, *_more(len(facts.waiting) - MOST_WAITING)]


def _one_waiting(facts: Home, one: Waiting) -> Block:
    number, ask = proposal_number(one.state, one.n), one.state.held(one.n)
    decided = one.state.proposals.get(one.n)
    made = section()
    if decided is not None:
        made = section(*_proposal(number, decided, facts.scene.now))
    elif ask is not None and ask.held is not None:
        made = section(*_question(number, ask, ask.held, facts.scene.now))
    if one.url:
        says = f"Review {number}, on its card in the channel"
        made["accessory"] = button("Review", "wk_proposal_open", number, style="primary", url=one.url, says=says)
    return made


def _proposal(number: str, decided: Decided, now: datetime) -> list[str]:
    proposal = decided.proposal
    until = f"expires {date(proposal.expires_at)}, {_left(proposal.expires_at, now)}"
    return [
        f"✋ *Proposal {number}:* {outside(proposal.title, 140)}",
        f"Risk {proposal.risk} · {tally(decided)} approvals · {until}",
    ]


def _question(number: str, ask: Ask, held: Held, now: datetime) -> list[str]:
    question = ask.question
    head = f"✋ *Question {number} to {code(question.source, 60)}:* {outside(question.question, 200)}"
    if held.until is None:
        return [head, "Held until it stands in the thread"]
    if held.hold.policy == "approval":
        return [head, f"Sent by your leave only · expires {date(held.until)}, {_left(held.until, now)}"]
    return [head, f"Sent at {time(held.until, seconds=True)} unless someone stops it"]


def _left(until: datetime, now: datetime) -> str:
    minutes = int((until - now).total_seconds() // 60)
    return f"in {span(minutes * 60)}" if minutes > 0 else f"in under 1{NBSP}min"


def _open(facts: Home) -> list[Block]:
    if not facts.open:
        return [section("No incident is open.")]
    shown = [section(*_incident(state, url, facts.scene)) for state, url in facts.open[:MOST_OPEN]]
    return [*shown, *_more(len(facts.open) - MOST_OPEN)]


def _incident(state: State, url: str, scene: Scene) -> list[str]:
    triage, start, now = state.triage, opened(state), phase(state)
    severity = f" {triage.severity.words}" if triage else ""
    service = f" · {code(triage.service, 60)}:" if triage and triage.service else " ·"
    title = triage.title if triage else state.alert.name if state.alert else "an alert"
    label = link(url, state.label) if url else state.label
    stands = "Needs a decision" if now is Phase.NEEDS_DECISION else status(state, scene).replace("*", "")
    since = ""
    if start:
        since = f"since {time(start.at) if day(start.at) == day(scene.now) else date(start.at)}"
    approvals = state.current.approvals if state.current else ()
    by = mentioned(scene, approvals[0].entry.actor) if approvals else ""
    rest = " · ".join(part for part in (stands, since, by) if part)
    return [f"*{label}*{severity}{service} {outside(title, 140)}", rest]


def _more(rest: int) -> list[Block]:
    return [context(f"and {rest} more")] if rest > 0 else []


def _week(week: Figures) -> list[str]:
    medians = [("finding", week.to_finding), ("decision", week.to_decision), ("mitigation", week.to_mitigation)]
    known = [f"to {what} {took(seconds)}" for what, seconds in medians if seconds is not None]
    first = count(week.incidents, "incident") + (f" · median {', '.join(known)}" if known else "")
    made = sum(week.proposals.values())
    if not made:
        return [first]
    fates = ", ".join(f"{n} {_fate(fate, n)}" for fate, n in week.proposals.items())
    approved = week.proposals.get("approved", 0)
    proved = f" · {week.verified} of {approved} verified" if approved else ""
    return [first, f"{count(made, 'proposal')}: {fates}{proved}"]


def _fate(fate: str, n: int) -> str:
    return fate if fate != "waiting" else "waits" if n == 1 else "wait"
