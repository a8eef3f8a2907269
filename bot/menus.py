"""What the buttons and menus of an incident lead to: a form, or at once the command that they stand for.

What a form sends is that command too: the rules of both are in `watch.py` and `steering.py`, and nowhere else.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.grammar import Call
from bot.line import Line
from bot.scenery import Scenery
from bot.views import answers, forms
from bot.views.answers import Reply
from bot.votes import Votes
from bot.watch import Watch, not_closed
from engine.catalogue import Catalogue
from engine.desk import Desk
from engine.errors import Permanent
from engine.fast.steer import CORRECTABLE
from engine.incident import State
from engine.oversight.questions import QuestionRule
from engine.published import SYSTEM
from engine.redact import Gate

LATE = "The form was not shown in time. Nothing changed; press it again."


@dataclass(frozen=True, slots=True)
class Pressed:
    """An entry of a menu, or a button: its word, and the incident, and perhaps the proposal, that it was drawn for."""

    word: str
    incident: int
    entry: int | None = None

    @classmethod
    def of(cls, value: str, word: str = "") -> "Pressed":
        """`note:2041`, `why:2041/19`; or `2041` for `word`. Raises `Permanent`."""
        named, _, number = value.rpartition(":")
        incident, slash, entry = number.partition("/")
        if not incident.isdigit() or (slash and not entry.isdigit()) or not (word or named):
            raise Permanent("a button of another version was pressed")
        return cls(word or named, int(incident), int(entry) if slash else None)


class Menus:
    """Opens forms and hands on what they say."""

    def __init__(
        self,
        desk: Desk,
        votes: Votes,
        watch: Watch,
        catalogue: Catalogue,
        scenery: Scenery,
        gate: Gate,
        *,
        partners: Mapping[str, QuestionRule],
        command: str,
    ) -> None:
        """`partners`: name → its rule."""
        self._desk = desk
        self._votes = votes
        self._watch = watch
        self._catalogue = catalogue
        self._scenery = scenery
        self._gate = gate
        self._partners = partners
        self._command = command
        self._opens: Mapping[str, Callable[[State, Pressed, Line], Awaitable[str | Reply]]] = {
            "ask": self._ask,
            "note": self._note,
            "correct": self._correct,
            "close": self._close,
            "rerun": self._another_way,
            "show": self._show,
        }

    async def press(self, pressed: Pressed, line: Line) -> str | Reply:
        """What this person is shown or told. `line` has no text."""
        state = await self._desk.incidents.state(pressed.incident)
        if not state.n or state.number == SYSTEM:
            return answers.no_incident(pressed.incident)
        if pressed.word == "why":
            return await self._why(state, pressed)
        if pressed.word == "stop":
            return await self._watch.do(Call("stop", state.number), line)
        if pressed.word not in self._opens:
            raise Permanent("a menu of another version was used")
        if not (await self._votes.person(line.user)).may_speak:
            return answers.outsider()
        return await self._opens[pressed.word](state, pressed, line)

    async def sent(self, word: str, incident: int, fields: Mapping[str, str], line: Line) -> str | Reply:
        """What a form of this incident says, as the command that it stands for."""
        text = fields.get("text", "")
        match word:
            case "ask":
                call = Call("ask", incident, None, f"{fields['partner']} {text}")
            case "correct":
                call = Call("correct", incident, int(fields["entry"]), text)
            case _:
                call = Call(word, incident, None, text)
        return await self._watch.do(call, line)

    async def _ask(self, state: State, _: Pressed, line: Line) -> str | Reply:
        if state.closed:
            return answers.already_closed(state)
        if not self._partners:
            return answers.no_partner()
        holds = {name: rule.hold() for name, rule in self._partners.items()}
        return Reply(LATE, form=forms.ask_form(state, holds, _about(state, line)))

    async def _note(self, state: State, _: Pressed, line: Line) -> str | Reply:
        return Reply(LATE, form=forms.note_form(state, _about(state, line)))

    async def _correct(self, state: State, _: Pressed, line: Line) -> str | Reply:
        newest_first = [entry for entry in reversed(state.entries) if entry.kind in CORRECTABLE]
        if not newest_first:
            return answers.nothing_to_correct(state)
        return Reply(LATE, form=forms.correct_form(state, newest_first, _about(state, line)))

    async def _close(self, state: State, _: Pressed, line: Line) -> str | Reply:
        if no := not_closed(state, line.command(self._command)):
            return no
        return Reply(LATE, form=forms.close_form(state, _about(state, line)))

    async def _another_way(self, state: State, _: Pressed, line: Line) -> str | Reply:
        if state.closed:
            return answers.already_closed(state)
        return Reply(LATE, form=forms.another_way_form(state, _about(state, line)))

    async def _show(self, state: State, pressed: Pressed, line: Line) -> str | Reply:
        decided = state.proposals.get(pressed.entry or 0)
        if decided is None:
            return answers.unknown_number(f"{pressed.incident}/{pressed.entry}", await self._votes.waiting())
        known = self._catalogue.actions.get(decided.proposal.action)
        if known is None:
            return answers.not_shown(decided, "it is no longer in the catalogue")
        try:
            request = known.action.request(decided.proposal.op, self._gate.tree(dict(decided.proposal.arguments)))
        except Permanent as err:
            return answers.not_shown(decided, str(err))
        return Reply(LATE, form=forms.request_form(state, decided, request))

    async def _why(self, state: State, pressed: Pressed) -> str:
        decided = state.proposals.get(pressed.entry or 0)
        if decided is None:
            return answers.unknown_number(f"{pressed.incident}/{pressed.entry}", await self._votes.waiting())
        known = self._catalogue.actions.get(decided.proposal.action)
        allowed = await self._votes.decisions.approvers(decided) or frozenset()
        scene = await self._scenery.scene(state)
        return answers.why_this(state, decided, scene, known.rule if known else "", len(allowed))


def _about(state: State, line: Line) -> dict[str, str | int]:
    """What a form comes back with: its incident, and where its answer belongs."""
    return {"incident": state.number, "channel": line.channel, "thread": line.thread or ""}
