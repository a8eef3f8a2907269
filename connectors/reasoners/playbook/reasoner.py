"""The reasoner that follows playbooks: triage, plan, conclusion, proposal and measure, by rules alone.

An alert without a playbook gets the triage of its labels and an empty plan. It can propose an action of the catalogue;
it cannot approve one, and nobody's text can add a rule.
"""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from connectors.answer import tamed
from connectors.reasoners.playbook.judge import PARTNER, conclude, names_of
from connectors.reasoners.playbook.load import load_all
from connectors.reasoners.playbook.needs import unmet, unread
from connectors.reasoners.playbook.schema import Look, Playbook
from connectors.template import fill, fill_tree, look_up, tree_fields
from engine.errors import ConfigError
from engine.model import (
    Alert,
    Conclusion,
    Heard,
    Measure,
    Plan,
    ProposalDraft,
    Question,
    Severity,
    Triage,
    Window,
)
from engine.words import one_line

_SEVERITIES = {
    **dict.fromkeys(("critical", "sev1", "p1", "emergency", "fatal", "disaster"), Severity.SEV1),
    **dict.fromkeys(("major", "error", "high", "page", "sev2", "p2"), Severity.SEV2),
    **dict.fromkeys(("warning", "warn", "minor", "sev3", "p3"), Severity.SEV3),
}
_MAX_TITLE, _MAX_SUMMARY = 120, 600


class PlaybooksConfig(BaseModel):
    """`files` are playbooks or folders of them. `tools` names the instruments that exist; empty means all.

    `partners` and `actions` are the configured ones, by name; None means that nobody said.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    files: tuple[Path, ...] = Field(min_length=1)
    tools: frozenset[str] = frozenset()
    partners: frozenset[str] | None = None
    actions: frozenset[str] | None = None


class Playbooks:
    """The playbooks of a team; for an alert the first one that matches counts, in the order of the files.

    `notices` say what they name and nobody configured, each with file, line and mend.
    """

    Config = PlaybooksConfig

    def __init__(self, name: str, config: PlaybooksConfig) -> None:
        self.name = name
        self._tools = config.tools
        loaded = load_all(config.files)
        if (fault := unread(loaded, config.tools)) is not None:
            raise fault
        self.notices = unmet(loaded, config.tools, config.partners, config.actions)
        self._playbooks = tuple(playbook for playbook, _ in loaded)

    async def triage(self, alert: Alert) -> Triage:
        """See `Reasoner`."""
        playbook = self._for(alert)
        names = names_of(alert, None)
        title = fill(playbook.title, names) if playbook and playbook.title else alert.summary or alert.name
        summary = fill(playbook.summary, names) if playbook and playbook.summary else _summary(alert)
        return Triage(
            severity=_severity(playbook, alert),
            service=alert.service,
            environment=alert.environment,
            title=tamed(one_line(title), _MAX_TITLE) or "An alert without a name",
            summary=tamed(summary, _MAX_SUMMARY),
        )

    async def plan(self, alert: Alert, triage: Triage, window: Window) -> Plan:
        """See `Reasoner`. A playbook's own `window` goes back from the end of the one given."""
        playbook = self._for(alert)
        if playbook is None:
            return Plan(window=window)
        if playbook.window is not None:
            window = Window(since=window.until - timedelta(seconds=playbook.window.before), until=window.until)
        names = names_of(alert, window)
        readings = []
        for look in playbook.look:
            tool = self._tool_for(playbook, look)
            readings.append(
                Question(
                    key=look.key,
                    source=tool,
                    by="tool",
                    question=fill(look.question, names),
                    arguments=fill_tree(look.arguments_of[tool], names, missing=None),  # the rest is the tool's
                    seconds=look.seconds,
                )
            )
        asked = [
            Question(
                key=f"{PARTNER}{ask.partner}",
                source=ask.partner,
                by="partner",
                question=fill(ask.question, names),
                seconds=ask.seconds,
            )
            for ask in playbook.ask
        ]
        return Plan(playbook=playbook.name, window=window, questions=(*readings, *asked))

    async def conclude(self, alert: Alert, plan: Plan, heard: Sequence[Heard]) -> Conclusion:
        """See `Reasoner`."""
        return conclude(self._named(plan.playbook), alert, plan, heard)

    async def propose(self, alert: Alert, conclusion: Conclusion, heard: Sequence[Heard]) -> ProposalDraft | None:
        """See `Reasoner`. An action whose arguments are not all known is not proposed."""
        playbook = self._for(alert)
        wanted = playbook.propose if playbook else None
        if playbook is None or wanted is None or conclusion.likely is None:
            return None
        names = names_of(alert, _window(heard), heard)
        known = all(look_up(names, name) is not None for name in tree_fields(wanted.arguments))
        if conclusion.likely.name not in wanted.hypothesis or not known:
            return None
        if not all(rule.holds(names) for rule in wanted.when):
            return None
        return ProposalDraft(
            action=wanted.action,
            arguments=fill_tree(wanted.arguments, names),
            why=tamed(fill(wanted.why, names), _MAX_SUMMARY),
            proposed_by=f"playbook {playbook.name}",
            measure=self._measure(playbook, alert, heard),
            mode=playbook.mode,
        )

    async def measure(self, alert: Alert) -> Measure | None:
        """See `Reasoner`."""
        playbook = self._for(alert)
        return self._measure(playbook, alert, ()) if playbook else None

    def _measure(self, playbook: Playbook, alert: Alert, heard: Sequence[Heard]) -> Measure | None:
        wanted = playbook.measure
        look = next((look for look in playbook.look if wanted and look.key == wanted.look), None)
        if wanted is None or look is None:
            return None
        tool = self._tool_for(playbook, look)
        names = names_of(alert, _window(heard), heard)
        before = look_up(names, f"{look.key}.value")
        return Measure(
            name=wanted.name,
            tool=tool,
            arguments=fill_tree(look.arguments_of[tool], names_of(alert, _window(heard)), missing=None),
            threshold=wanted.threshold,
            unit=wanted.unit,
            below=wanted.below,
            settle_seconds=wanted.settle,
            before=float(before) if isinstance(before, int | float) and not isinstance(before, bool) else None,
        )

    def _for(self, alert: Alert) -> Playbook | None:
        labels = {"alertname": alert.name, "service": alert.service, **alert.labels}
        return next((playbook for playbook in self._playbooks if playbook.matches(labels)), None)

    def _named(self, name: str) -> Playbook | None:
        return next((playbook for playbook in self._playbooks if playbook.name == name), None)

    def _tool_for(self, playbook: Playbook, look: Look) -> str:
        for tool in look.arguments_of:
            if not self._tools or tool in self._tools:
                return tool
        raise ConfigError(f"playbook {playbook.name}: no tool can take the reading `{look.key}`")  # `unread` saw to it


def _severity(playbook: Playbook | None, alert: Alert) -> Severity:
    word = alert.severity.strip().lower()
    match playbook.severity if playbook else None:
        case Severity() as fixed:
            return fixed
        case None:
            return _SEVERITIES.get(word, Severity.SEV4)
        case mapping:
            lowered = {label.lower(): severity for label, severity in mapping.items()}
            return lowered.get(word) or _SEVERITIES.get(word, Severity.SEV4)


def _summary(alert: Alert) -> str:
    first = alert.summary or alert.name
    more = alert.annotations.get("description", "")
    return f"{first}; {more}" if more and more != first and not alert.summary.startswith(more) else first


def _window(heard: Sequence[Heard]) -> Window | None:
    """The widest window that the answers speak of."""
    windows = [answer.finding.window for answer in heard if answer.finding and answer.finding.window]
    if not windows:
        return None
    return Window(since=min(window.since for window in windows), until=max(window.until for window in windows))
