"""One line of a person, and which incident it means when it names none."""

from dataclasses import dataclass

from bot.grammar import WORDS, Call
from bot.views import answers
from engine.desk import Desk
from engine.incident import State
from engine.published import SYSTEM


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a person: the text without command or mention, who, the delivery's id, and where."""

    text: str
    user: str
    event: str
    channel: str
    thread: str | None = None

    def command(self, slash: str) -> str:
        """What to write here: Slack offers no slash command in a thread."""
        return "@watchkeeper" if self.thread else slash


async def incident_meant(desk: Desk, call: Call, line: Line, slash: str) -> State | str:
    """The incident that is meant: by its number, or the only open one; else what to type."""
    if call.incident is not None:
        state = await desk.incidents.state(call.incident)
        return state if state.n and state.number != SYSTEM else answers.no_incident(call.incident)
    states = await desk.incidents.open()
    if len(states) == 1:
        return states[0]
    first, _, rest = WORDS[call.word].partition(" ")
    example = f"{first} {states[0].number} {rest.removeprefix('[2041]').strip()}" if states else ""
    return answers.which_incident(states, line.command(slash), example.strip())


def needs(line: Line, slash: str, word: str, missing: str) -> str:
    """What a command lacks, with how it is written."""
    return answers.needs(line.command(slash), WORDS[word], missing)
