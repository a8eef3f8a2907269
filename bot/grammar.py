"""The grammar of `/watch …` and `@watchkeeper …`: one line of a person becomes a call. Pure.

In a thread the incident is the thread's, so `approve 19` means its entry 19; elsewhere the number is whole: `2041/19`.
"""

import difflib
import re
from dataclasses import dataclass

# Word → how it is used, as help shows it; in help's order and groups.
WORDS = {
    "status": "status [2041]",
    "list": "list",
    "show": "show [2041]",
    "why": "why <alert or number>",
    "history": "history [words]",
    "mirror": "mirror [2041] [retry|skip|new <record> <reason>]",
    "partners": "partners",
    "open": "open [SEV2] [checkout:] <what is wrong>",
    "ask": "ask <partner> <question>",
    "note": "note <text>",
    "run": "run <action> …",
    "correct": "correct 2041/16 <text>",
    "focus": "focus [2041] <text> | add <hypothesis> | rule-out <hypothesis> <why>",
    "rerun": "rerun [2041]",
    "stop": "stop [2041]",
    "approve": "approve 2041/19",
    "veto": "veto 2041/19 <reason>",
    "withdraw": "withdraw 2041/19",
    "close": "close [2041]",
    "halt": "halt <reason>",
    "resume": "resume",
    "help": "help",
}
LOOKING = ("status", "list", "why", "mirror", "partners", "help")  # change nothing; for guests of the channel too
ABOUT_INCIDENTS = {*LOOKING, "history"} - {"help"}  # shown to whoever may see the incidents
WHOLE = frozenset({"help", "history", "list", "partners", "halt", "resume", "open"})  # the words that take no number
_GRAVE = frozenset({"veto", "close", "stop", "halt", "resume"})  # one of these is near only where it was surely meant
_NUMBER = re.compile(r"^#?(?:INC-)?(\d+)(?:/(\d+))?$", re.IGNORECASE)
_LARGEST = 999_999_999  # no incident and no entry has a larger number; the databases could not even look for one


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked for. `incident` and `entry` where a number stood; `rest` is everything after it, as typed."""

    word: str
    incident: int | None = None
    entry: int | None = None
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A word that is no command, with the nearest one, if any is near."""

    word: str
    nearest: str


def parse(text: str, thread_incident: int | None = None) -> Call | Unknown:
    """One line. An empty one is `help`."""
    word, rest = first_word(text)
    word = word.lower()
    if not word:
        return Call("help", thread_incident)
    if word not in WORDS:
        return Unknown(word, _nearest(word))
    first, after = first_word(rest)
    found = _NUMBER.match(first)
    if not found or word in WHOLE:
        return Call(word, thread_incident, None, rest)
    number, entry = _whole(found.group(1)), found.group(2)
    if entry is not None:
        return Call(word, number, _whole(entry), after)
    if thread_incident is not None and word in ("approve", "veto", "withdraw", "correct", "why"):
        return Call(word, thread_incident, number, after)
    return Call(word, number, None, after)


def _nearest(word: str) -> str:
    """The command that was probably meant; empty where none is near enough to name."""
    near = difflib.get_close_matches(word, WORDS, n=len(WORDS), cutoff=0.65)
    return next((found for found in near if found not in _GRAVE or _is_slip(word, found)), "")


def _is_slip(word: str, meant: str) -> bool:
    """Whether it is `meant` with one or two letters wrong, the first one right: `what` is no `halt`."""
    return word[0] == meant[0] and _letters_apart(word, meant) <= 2


def _letters_apart(one: str, other: str) -> int:
    """How many letters must be put in, left out or replaced to make one word the other (Levenshtein)."""
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        last, row = row, [i]
        for j, against in enumerate(other, 1):
            row.append(min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != against)))
    return row[-1]


def first_word(text: str) -> tuple[str, str]:
    """The first word and what follows; a mention can have line breaks where a command has spaces."""
    word, *rest = text.split(maxsplit=1) or [""]
    return word, rest[0].strip() if rest else ""


def _whole(digits: str) -> int:
    """The number; one that is too large to be any is the largest, which is not in the ledger."""
    return int(digits) if len(digits) <= len(str(_LARGEST)) else _LARGEST
