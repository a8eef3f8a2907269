"""`rerun`, `stop`, `correct` and `focus` as a person says them: what is done about it, and what they are told.

`another`, a focus with a new round, is a form's word alone; typed, it is two commands.
"""

from collections.abc import Mapping
from typing import Literal

from bot.grammar import WORDS, Call, first_word
from bot.views import answers
from engine.desk import Desk
from engine.fast.steer import CORRECTABLE, Steering
from engine.incident import State
from engine.model import Focus

STEERS = ("another", "correct", "focus", "rerun", "stop")
_HOWS: Mapping[str, Literal["rule_out", "add"]] = {"rule-out": "rule_out", "add": "add"}


class Steers:
    """Turns the words into engine calls and their outcome into an answer. `actor` is the person's pseudonym."""

    def __init__(self, desk: Desk) -> None:
        self._steering = Steering(desk)

    async def obey(self, call: Call, state: State, actor: str, event: str, command: str) -> str:
        """Do what one of `STEERS` says; `event` is the chat's own id of the word, `command` how one writes it here."""
        if state.closed and call.word != "correct":
            return answers.already_closed(state)
        if call.word in ("correct", "focus") and not call.rest:
            return answers.needs(command, WORDS[call.word], "The text")
        match call.word:
            case "stop":
                return await self._stop(state, actor, command)
            case "rerun":
                return await self._rerun(state, actor, event)
            case "another":
                entry = await self._steering.another_way(state, call.rest, actor, event)
                return answers.rerun(state.label, entry.n if entry else None)
            case "focus":
                return await self._focus(state, call.rest, actor, event, command)
            case _ if call.entry is None:
                return answers.needs(command, WORDS["correct"], "The entry's whole number")
            case _:
                return await self._correct(state, call.entry, call.rest, actor, event)

    async def _stop(self, state: State, actor: str, command: str) -> str:
        stopped = await self._steering.stop(state, actor)
        return answers.stopped(state.label, stopped, command, state.number)

    async def _rerun(self, state: State, actor: str, event: str) -> str:
        entry = await self._steering.rerun(state, actor, event)
        return answers.rerun(state.label, entry.n if entry else None)

    async def _correct(self, state: State, n: int, says: str, actor: str, event: str) -> str:
        wrong = state.entry(n)
        if wrong is None or wrong.kind not in CORRECTABLE:
            return answers.not_correctable(f"{state.number}/{n}")
        entry = await self._steering.correct(state, n, says, actor, event)
        return answers.corrected(state.label, entry.n, n)

    async def _focus(self, state: State, text: str, actor: str, event: str, command: str) -> str:
        """Steer the correlation: `rule-out <hypothesis> <why>`, `add <text>`, or a remark."""
        word, rest = first_word(text)
        how = _HOWS.get(word.lower(), "note")
        if how == "rule_out":
            hypothesis, why = first_word(rest)
            if not why:
                return answers.needs(command, "focus rule-out <hypothesis> <why>", "The hypothesis or the reason")
            focus = Focus(how="rule_out", hypothesis=hypothesis, says=why)
        elif how == "add":
            if not rest:
                return answers.needs(command, "focus add <hypothesis>", "The hypothesis")
            focus = Focus(how="add", says=rest)
        else:
            focus = Focus(how="note", says=text)
        entry = await self._steering.focus(state, focus, actor, event)
        again = f"{command} rerun {state.number}" if state.conclusion_entry else ""
        return answers.focused(state.label, entry.n, again)
