"""The catalogue: the only actions that can be executed, each with its schema, its risk and who decides.

A proposal is made here from a draft: the arguments are checked, the target is asked for its state and a dry run, and
everything is bound by a digest, so that an approval is for exactly this.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jsonschema

from engine.errors import Permanent
from engine.ledger import Ledger, canonical
from engine.model import Mode, Preview, Proposal, ProposalDraft, Risk, Triage
from engine.oversight.rules import Deciders, Facts, Policy, Terms
from engine.ports import Action
from engine.redact import CleanTree, Gate


@dataclass(frozen=True, slots=True)
class CatalogueAction:
    """One action of the configuration. Texts are templates over the arguments: `roll back {service} to {to}`."""

    name: str
    action: Action
    arguments: Mapping[str, Mapping[str, Any]]  # JSON Schema per argument; all are required
    title: str
    what: str
    where: str
    blast_radius: str = ""
    undo: str = ""
    risk: Risk = Risk.MEDIUM
    approvers: tuple[str, ...] = ()  # refs of people
    group: str = ""  # a user group's id, for the mention and, where it can be read, its members
    approvers_name: str = ""
    quorum: int = 1
    expires: timedelta = timedelta(minutes=15)
    rule: str = ""  # where the configuration says so: "watchkeeper.yaml line 41"

    @property
    def terms(self) -> Terms:
        """Its own terms, where no rule of the policy says otherwise."""
        deciders = Deciders(self.approvers, self.group, self.approvers_name)
        return Terms(deciders, self.quorum, self.expires, place=self.rule)


_TEXTS = ("title", "what", "where", "blast_radius", "undo")  # of an action, with places for its arguments
_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]*)\}")


def _digest(value: Any) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def fill(template: str, arguments: Mapping[str, Any]) -> str:
    """A template with its `{argument}` places filled, once: braces inside a value are text."""
    return _PLACE.sub(lambda place: str(arguments.get(place[1], place[0])), template)


class Catalogue:
    """Every action that may be proposed."""

    def __init__(self, actions: Mapping[str, CatalogueAction], gate: Gate, policy: Policy | None = None) -> None:
        self.actions = actions
        self.policy = policy or Policy()
        self._gate = gate

    def terms(self, proposal: Proposal) -> Terms | None:
        """The terms in force now for a proposal; None where its action is in the catalogue no more."""
        known = self.actions.get(proposal.action)
        if known is None:
            return None
        return self.policy.terms(known.terms, facts(proposal), proposal.mode, may_auto=proposal.mode is Mode.AUTO)

    def check(self, draft: ProposalDraft) -> CatalogueAction:
        """The catalogue's entry for a draft. Raises `Permanent` naming the action or the argument, and the mend."""
        known = self.actions.get(draft.action)
        if known is None:
            raise Permanent(
                f"`{draft.action}` is not in the catalogue: {', '.join(sorted(self.actions)) or 'it is empty'}"
            )
        schema = {
            "type": "object",
            "properties": {name: dict(rule) for name, rule in known.arguments.items()},
            "required": list(known.arguments),
            "additionalProperties": False,
        }
        errors = sorted(jsonschema.Draft202012Validator(schema).iter_errors(dict(draft.arguments)), key=str)
        if errors:
            where = ".".join(str(p) for p in errors[0].absolute_path) or "arguments"
            raise Permanent(
                f"`{draft.action}`, {where}: {_why(errors[0])}; it takes {', '.join(known.arguments) or 'none'}"
            )
        return known

    async def propose(
        self, draft: ProposalDraft, key: str, incident: int, ledger: Ledger, triage: Triage | None = None
    ) -> Proposal:
        """The proposal for a draft, with the target's state and dry run read just now. `key`: its entry's.

        `triage` is the incident's; where it has none, only rules without service and severity can match.

        Raises `Permanent` when the catalogue or the target refuses, `Retryable` when the target does not answer.
        """
        known = self.check(draft)
        arguments = self._unmasked(draft)
        state = await known.action.state(arguments)
        preview = await known.action.preview(arguments)
        if preview is not None and not preview.passed:
            raise Permanent(f"`{draft.action}`: its dry run failed: {preview.says}")
        texts: dict[str, Any] = {name: fill(getattr(known, name), draft.arguments) for name in _TEXTS}
        about = _about(known, draft, triage)
        terms = self.policy.terms(known.terms, about, draft.mode, may_auto=_may_auto(known, draft, state, preview))
        policy_digest = terms.digest(about)
        bound = _digest([incident, draft.action, draft.arguments, texts["where"], state, policy_digest])
        return Proposal(
            action=draft.action,
            arguments=draft.arguments,
            **texts,
            risk=known.risk,
            why=draft.why,
            dry_run=preview.says if preview else "",
            dry_run_passed=preview.passed if preview else None,
            state=state,
            digest=bound,
            op=_digest([ledger.installation, incident, ledger.generation, key, bound])[:20],
            policy_digest=policy_digest,
            **_decision(terms),
            service=about.service,
            severity=about.severity,
            environment=about.environment,
            expires_at=await ledger.now() + terms.expires,
            proposed_by=draft.proposed_by,
            requester=draft.requester,
            again=draft.again,
            idempotency=known.action.idempotency,
            measure=draft.measure,
        )

    def _unmasked(self, draft: ProposalDraft) -> CleanTree:
        """The arguments through the gate, which must have nothing to mask. Raises `Permanent`."""
        arguments = self._gate.tree(dict(draft.arguments))
        masked = [name for name, value in draft.arguments.items() if arguments.value.get(name) != value]
        if masked:
            raise Permanent(f"`{draft.action}`, {masked[0]}: it looks like a secret, and would be masked on its way")
        return arguments


def facts(proposal: Proposal) -> Facts:
    """What the terms of a proposal were chosen by."""
    return Facts(proposal.action, proposal.risk, proposal.service, proposal.severity, proposal.environment)


def _about(known: CatalogueAction, draft: ProposalDraft, triage: Triage | None) -> Facts:
    """An argument of that name says best what is touched; else it is the incident's."""
    said = {name: str(draft.arguments[name]) for name in ("service", "environment") if name in draft.arguments}
    service, environment = (triage.service, triage.environment) if triage else ("", "")
    severity = triage.severity.value if triage else ""
    return Facts(known.name, known.risk, said.get("service", service), severity, said.get("environment", environment))


def _may_auto(known: CatalogueAction, draft: ProposalDraft, state: Mapping[str, Any], preview: Preview | None) -> bool:
    """Only what can be undone and was checked could start by itself, and never what a person asked for."""
    undo = known.undo.strip().lower()
    return bool(undo and not undo.startswith("none") and (preview or state) and draft.requester is None)


def _decision(terms: Terms) -> dict[str, Any]:
    """How the terms stand in a proposal; people by name are in the catalogue alone."""
    veto: dict[str, Any] = {"veto": "everyone"}
    if terms.veto is not None:
        named = {"veto_name": terms.veto.name, "veto_mention": terms.veto.group, "veto_on_call": terms.veto.on_call}
        veto = {"veto": "approvers"} if terms.veto == terms.approvers else {"veto": "named", **named}
    return {
        "quorum": terms.quorum,
        "approvers_name": terms.approvers.name,
        "approvers_mention": terms.approvers.group,
        "on_call": terms.approvers.on_call,
        "mode": terms.mode,
        "auto_seconds": terms.auto_window if terms.mode is Mode.AUTO else 0.0,
        "rule": ", for ".join(part for part in (terms.place, terms.because) if part),
        **veto,
    }


def _why(error: jsonschema.ValidationError) -> str:
    """What is wrong, by the rule's name; the value itself is not repeated."""
    shapes = {
        "required": "an argument is missing",
        "additionalProperties": "an argument that it does not take",
        "pattern": f"does not match {error.validator_value}",
        "type": f"must be {error.validator_value}",
        "enum": f"must be one of {error.validator_value}",
    }
    return shapes.get(str(error.validator), f"breaks the rule {error.validator}: {error.validator_value}")
