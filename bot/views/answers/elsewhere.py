"""The answer to whoever speaks to the bot in a workspace that installed it and has no incidents here."""

from bot.views.parts import outside


def not_here(home: str) -> str:
    """Where the watch stands; nothing of what is going on there."""
    return f"This watch stands in the workspace *{outside(home, 60)}*. From here nothing can be read or decided."
