"""The answer to `history`, in Slack and on the command line: the nearest incidents, and what people overrode.

`plain` makes outside text harmless where it is shown; everything else is our own words.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

from engine.past import Override, Past, Recalled
from engine.words import count, day, lasted, one_line

_WHY = 80
Plain = Callable[[str], str]


def history(found: Recalled, about: str, most: int, plain: Plain) -> str:
    """`about`: the words that were asked for. At most `most` incidents."""
    shown = found.pasts[:most]
    lines = [_head(found, about, len(shown), plain)]
    for i, past in enumerate(shown, 1):
        lines += _past(i, past, plain)
    lines += [f"{plain(name)} was not heard: {plain(why)}." for name, why in found.failed.items()]
    return "\n".join([*lines, *_overridden(found, about, plain)])


def speed(found: Recalled) -> str:
    """`41 ms + 380 ms`: the ledger, and what the backends took."""
    own = f"{found.ledger_seconds * 1000:.0f} ms"
    return own if found.backends_seconds is None else f"{own} + {found.backends_seconds * 1000:.0f} ms"


def short(text: str) -> str:
    """The first words of a reason."""
    line = one_line(text)
    return line if len(line) <= _WHY else f"{line[:_WHY].rsplit(' ', 1)[0]} …"


def _head(found: Recalled, about: str, shown: int, plain: Plain) -> str:
    of = f"History of {plain(about)}" if about else "History"
    where = f"{', '.join(plain(name) for name in found.asked)}; {speed(found)}."
    if not found.pasts:
        return f"{of}: nothing like it. {where}"
    total = len(found.pasts)
    nearest = f", the {shown} nearest" if shown < total else ""
    return f"{of}: {count(total, 'incident')} since {day(_first(found))}{nearest}. {where}"


def _first(found: Recalled) -> datetime:
    return min(past.at for past in found.pasts)


def _past(i: int, past: Past, plain: Plain) -> Iterator[str]:
    long = f", {lasted(past.seconds)}" if past.seconds is not None else ""
    yield f"{i}  {plain(past.name)}, {day(past.at)}{long}: {plain(one_line(past.title))}"
    if "Ledger" not in past.where:
        yield f"   In {plain(', '.join(past.where))}{', closed' if past.outcome == 'closed' else ''}."
    if past.tried or past.overrides or "Ledger" in past.where:
        tried = "; ".join(plain(one) for one in past.tried) or "nothing"
        said = "; ".join(_override(one, plain) for one in past.overrides) or "nothing"
        yield f"   Tried: {tried}. Overridden: {said}."


def _override(one: Override, plain: Plain) -> str:
    why = f": “{plain(short(one.why))}”" if one.why else ""
    return f"{plain(one.action)}, vetoed by {plain(one.by)}{why}"


def _overridden(found: Recalled, about: str, plain: Plain) -> Iterator[str]:
    """`Overridden on checkout: restart-database vetoed 2 of 3`."""
    vetoed = Counter(one.action for past in found.pasts for one in past.overrides)
    ran = Counter(tried.partition(",")[0] for past in found.pasts for tried in past.tried)
    if vetoed:
        each = [f"{plain(action)} vetoed {n} of {n + ran[action]}" for action, n in vetoed.most_common(5)]
        yield f"Overridden{f' on {plain(about)}' if about else ''}: {' · '.join(each)}"
