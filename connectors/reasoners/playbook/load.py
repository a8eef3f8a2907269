"""Playbooks from files, checked so far that every name in them leads somewhere.

A mistake is named by file, line, field and mend, before anything runs; nothing here judges an incident.
"""

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from connectors import yaml_lines
from connectors.reasoners.playbook import schema
from connectors.reasoners.playbook.rules import Rule
from connectors.template import tree_fields
from connectors.yaml_lines import Document, Place
from engine.errors import ConfigError

# What can be looked up in every playbook besides its own readings and partners.
ALWAYS = ("alert", "labels", "annotations", "window")
_FOR_THE_TOOL = "with"  # what it cannot look up itself stays for the tool to fill


def load_all(paths: Sequence[Path]) -> tuple[tuple[schema.Playbook, Document], ...]:
    """The playbooks in the files, and in the folders' `*.yaml`. Raises `ConfigError`; a name must be unique."""
    playbooks: dict[str, tuple[schema.Playbook, Document]] = {}
    for path in (file for given in paths for file in _files(given)):
        document = yaml_lines.load(path)
        playbook = _read(document)
        if playbook.name in playbooks:
            raise document.error(("name",), "another playbook has this name already", "name: … (another one)")
        playbooks[playbook.name] = (playbook, document)
    return tuple(playbooks.values())


def _files(path: Path) -> list[Path]:
    if not path.exists():
        folder = path.parent.absolute()
        there = sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []
        near = difflib.get_close_matches(path.name, there, n=1)
        raise ConfigError(
            f"there is no file or folder {path.name} in {folder}",
            field="files",
            mend=f"files: [{path.parent / near[0]}]" if near else "name a playbook, or a folder of them, that is there",
        )
    if not path.is_dir():
        return [path]
    files = sorted(path.glob("*.yaml"))
    if not files:
        raise ConfigError(f"{path}: there is no *.yaml in this folder", field="files", mend="put a playbook into it")
    return files


def _read(document: Document) -> schema.Playbook:
    try:
        playbook = schema.Playbook.model_validate(document.data)
    except ValidationError as err:
        raise document.invalid(err, _field_names(schema)) from err
    _check_keys(document, playbook)
    sources = [*(look.key for look in playbook.look), *(ask.partner for ask in playbook.ask)]
    for place, name in _walk((), playbook):
        _known(document, place, name.partition(".")[0], [*sources, *ALWAYS])
    causes = [cause.name for cause in playbook.hypotheses]
    for index, cause in enumerate(playbook.hypotheses):
        if cause.refines:
            _known(document, ("hypotheses", index, "refines"), cause.refines, causes)
        for source in cause.bears:
            _known(document, ("hypotheses", index, "bears", source), source, sources)
    if playbook.propose:
        for wanted in playbook.propose.hypothesis:
            _known(document, ("propose", "hypothesis"), wanted, causes)
    if playbook.measure:
        _known(document, ("measure", "look"), playbook.measure.look, [look.key for look in playbook.look])
    return playbook


def _check_keys(document: Document, playbook: schema.Playbook) -> None:
    seen: set[str] = set()
    keys: list[tuple[Place, str]] = [(("look", i, "key"), look.key) for i, look in enumerate(playbook.look)]
    keys += [(("ask", i, "partner"), ask.partner) for i, ask in enumerate(playbook.ask)]
    for place, key in keys:
        if key in seen or key in ALWAYS:
            raise document.error(place, f"`{key}` is taken; every reading and partner has its own name", f"{key}-2")
        seen.add(key)


def _known(document: Document, place: Place, name: str, known: Sequence[str]) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        raise document.error(
            place, f"`{name}` is not the name of anything here", near[0] if near else f"one of: {', '.join(known)}"
        )


def _walk(place: Place, value: Any) -> Iterable[tuple[Place, str]]:
    """Every dotted name that a part of a playbook asks for, with its place."""
    if isinstance(value, Rule):
        yield from ((place, name) for name in value.names)
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            key = field.alias or name
            if key != _FOR_THE_TOOL:
                yield from _walk((*place, key), getattr(value, name))
    elif isinstance(value, str):
        yield from ((place, name) for name in tree_fields(value))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _walk((*place, key), item)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _walk((*place, index), item)


def _field_names(module: Any) -> list[str]:
    models = [item for item in vars(module).values() if isinstance(item, type) and issubclass(item, BaseModel)]
    return sorted({field.alias or name for model in models for name, field in model.model_fields.items()})
