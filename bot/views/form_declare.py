"""The form by which a person opens an incident: what is wrong, how bad, of which service, what is seen."""

from collections.abc import Sequence

from bot.views.form import line_input, modal, select
from bot.views.forms import About, Form
from bot.views.parts import Block, context, plain
from engine.model import Severity

MOST_TITLE, MOST_SERVICE, MOST_SEEN = 120, 60, 1500


def declare_form(services: Sequence[str], about: About, seen: str = "") -> Form:
    """`services`: those that are known here. `seen`: the words of the message that it is about."""
    other = "Another service" if services else "Service"
    known = [(name, plain(name, 75)) for name in services if len(name) <= MOST_SERVICE]
    severities = [(s.value, s.words) for s in Severity]
    blocks: list[Block] = [
        line_input("title", "What is wrong", placeholder="Customers cannot pay", most=MOST_TITLE),
        select("severity", "How bad", severities, value=Severity.SEV3.value),
        *([select("service", "Service", known, optional=True)] if known else []),
        line_input("other", other, placeholder="checkout", most=MOST_SERVICE, optional=True),
        line_input("seen", "What is seen", hint=_HINT, value=seen, most=MOST_SEEN, optional=True, lines=True),
    ]
    if about.get("thread"):
        blocks.append(context("About a message; its thread gets one line that leads to the incident"))
    elif about.get("ts"):
        blocks.append(context("About a message in a channel where the app is not; no line is written there"))
    return modal("wk_declare", "Open an incident", blocks, about=about, submit="Open it")


_HINT = "Since when, how many, where. It stands in the incident and in every ticket."
