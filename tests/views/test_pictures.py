"""docs/pictures.md has a picture of everything that people see, and every picture is there; nothing is drawn here."""

import re
from collections.abc import Iterator
from pathlib import Path

from bot.views import form_declare, forms, veto_form
from bot.views import halts as halting
from bot.views import thread as threads
from bot.views.halts import halts
from bot.views.origin import origin_message
from bot.views.root import root
from bot.views.scene import Message
from bot.views.thread import thread
from tests.views.incident_2041 import scene
from tests.views.situations import SITUATIONS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "pictures.md").read_text("utf-8")
SHOWN = re.findall(r"!\[([^\]]*)\]\(pictures/([\w-]+)\.png\)", PAGE)
THERE = {path.stem: path.stat().st_size for path in (ROOT / "docs" / "pictures").glob("*.png")}
APART = {"root", "origin"}  # outside the thread
FORMS = {
    forms.ask_form: "form-ask",
    forms.note_form: "form-note",
    forms.correct_form: "form-correct",
    forms.close_form: "form-close",
    forms.another_way_form: "form-another-way",
    forms.request_form: "form-request",
    form_declare.declare_form: "form-declare",
    veto_form.veto_form: "form-veto",
}


def test_every_picture_is_there_small_and_told_in_words() -> None:
    names = [name for _, name in SHOWN]
    assert sorted(names) == sorted(THERE)
    assert [name for words, name in SHOWN if len(words) < 20] == []
    assert {name: size for name, size in THERE.items() if size > 60_000} == {}
    assert sum(THERE.values()) < 3_000_000


def test_the_program_takes_exactly_these() -> None:
    programs = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests" / "pictures").glob("*.py"))
    taken = set(re.findall(r"\.(?:message|told|form|part)\(\s*\"([\w-]+)\"", programs))
    taken |= {
        "finding-releases",
        "finding-logs",
        "told-status",
        "told-list",
        "told-partners",
        "told-mirror",
    }  # in loops
    assert taken == set(THERE)


def messages(name: str) -> Iterator[Message]:
    state = SITUATIONS[name]().state()
    around = scene(state.n)
    yield from (root(state, around), *thread(state, around), *halts(state, around))
    if origin := origin_message(state, around):
        yield origin


def test_every_kind_of_message_is_named() -> None:
    kinds = {message.slot.partition("/")[0] for name in SITUATIONS for message in messages(name)}
    documented = {*re.findall(r"`(\w+)/<", threads.__doc__ or ""), *re.findall(r"`(\w+)/<", halting.__doc__ or "")}
    assert kinds <= documented | APART, "the views' own words name every slot"
    assert {kind for kind in documented | APART if not re.search(rf"`{kind}(?:/\d+)?`", PAGE)} == set()


def test_every_form_has_its_picture() -> None:
    made = {
        value
        for module in (forms, form_declare, veto_form)
        for name, value in vars(module).items()
        if name.endswith("_form") and callable(value) and value.__module__ == module.__name__ and name[0] != "_"
    }
    assert made - {forms.told_form} == set(FORMS), "a refusal in place of a form is only its words"
    assert set(FORMS.values()) <= set(THERE)
