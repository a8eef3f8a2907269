"""What playbooks name and nobody configured, with file and line; it judges no alert.

A reading that none of the configured tools can take is a mistake. A partner or an action that is not there is none,
because playbooks are shared: the partner will be silent, the action will not be proposed.
"""

from collections.abc import Iterable, Iterator, Sequence

from connectors.reasoners.playbook.schema import Playbook
from connectors.yaml_lines import Document
from engine.errors import ConfigError

Known = frozenset[str] | None  # None: not told, so nothing is said of it


def unread(loaded: Iterable[tuple[Playbook, Document]], tools: frozenset[str]) -> ConfigError | None:
    """The first reading that no configured tool can take; with no tools at all it is a matter of `unmet`."""
    for playbook, document in loaded:
        for index, look in enumerate(playbook.look):
            if tools and not tools & look.arguments_of.keys():
                needed = ", ".join(look.arguments_of)
                says = f"playbook {playbook.name}: the reading `{look.key}` needs one of the tools {needed}"
                return document.error(("look", index, "with"), says, f"add {', '.join(sorted(tools))} to its `with`")
    return None


def unmet(
    loaded: Iterable[tuple[Playbook, Document]], tools: frozenset[str], partners: Known, actions: Known
) -> Sequence[ConfigError]:
    """Everything else that is named and not there, in the order of the files."""
    return tuple(one for each in loaded for one in _unmet(*each, tools, partners, actions))


def _unmet(
    playbook: Playbook, document: Document, tools: frozenset[str], partners: Known, actions: Known
) -> Iterator[ConfigError]:
    if partners is None or actions is None:
        return
    if playbook.look and not tools:
        needed = ", ".join(dict.fromkeys(tool for look in playbook.look for tool in look.arguments_of))
        says = "no tool is configured, so nothing can be read"
        yield document.error(("look",), says, f"configure one under `tools`: {needed}")
    for index, ask in enumerate(playbook.ask):
        if ask.partner not in partners:
            says = f"the partner `{ask.partner}` is not configured; it will be silent"
            yield document.error(("ask", index, "partner"), says, f"configure partners.{ask.partner}, or take it out")
    wanted = playbook.propose
    if wanted is not None and wanted.action not in actions:
        says = f"the action `{wanted.action}` is not configured; it cannot be proposed"
        yield document.error(("propose", "action"), says, f"configure actions.{wanted.action}, or take `propose` out")
