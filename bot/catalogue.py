"""The catalogue of the configuration, as the engine takes it: texts, risk, who decides; bound to its connectors."""

from collections.abc import Mapping
from datetime import timedelta

from bot.actions import ActionSettings
from bot.policy import policy
from bot.settings import Settings
from engine.catalogue import Catalogue, CatalogueAction
from engine.ports import Action
from engine.redact import Gate


def catalogue(settings: Settings, actions: Mapping[str, Action], gate: Gate) -> Catalogue:
    """The only actions that can ever be proposed, and the policy over them."""
    made = {name: _one(name, action, actions[name]) for name, action in settings.actions.items()}
    return Catalogue(made, gate, policy(settings.policy, settings.on_call))


def _one(name: str, settings: ActionSettings, action: Action) -> CatalogueAction:
    return CatalogueAction(
        name=name,
        action=action,
        arguments={key: argument.schema_of() for key, argument in settings.arguments.items()},
        title=settings.title,
        what=settings.what,
        where=settings.where,
        blast_radius=settings.blast_radius,
        undo=settings.undo,
        risk=settings.risk,
        approvers=tuple(f"slack:{user}" for user in settings.approvers.users),
        group=settings.approvers.group,
        approvers_name=settings.approvers.name,
        quorum=settings.quorum,
        expires=timedelta(seconds=settings.expires),
        rule=settings.rule,
    )
