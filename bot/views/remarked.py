"""What was read in a ticket, as the channel sees it: where words stand, edits, deletions, a closed ticket."""

from collections.abc import Mapping

from bot.views.fit import message
from bot.views.parts import code, context, link, outside, quote, section, spoken
from bot.views.people import name
from bot.views.places import entries
from bot.views.scene import Message, Scene
from engine.incident import State
from engine.model import Entry


def in_ticket(scene: Scene, entry: Entry) -> str:
    """` in GitHub #318`, as a link where that is known; empty for what came by the chat."""
    ticket = ticket_of(entry)
    read = entry.payload.get("read")
    backend = read.get("backend") if isinstance(read, Mapping) else ""
    url = next((r.url for r in scene.records if r.backend == backend and r.ticket == ticket), "")
    return f" in {link(url, ticket) if url else outside(ticket, 80)}" if ticket else ""


def ticket_of(entry: Entry) -> str:
    """`GitHub #318`; empty for what came by the chat. As it is recorded: escape it."""
    read = entry.payload.get("read")
    return str(read.get("ticket", "")) if isinstance(read, Mapping) else ""


def remarked_message(state: State, scene: Scene, entry: Entry) -> Message | None:
    """One line, and the words. An answer stands in the ticket alone, where it was asked for."""
    what, who = str(entry.payload.get("what", "")), name(scene, entry.actor)
    where, number = in_ticket(scene, entry), entries([entry.n])
    note = entries([int(entry.payload.get("of", 0))])
    verify = code("watchkeeper ledger verify")
    says = str(entry.payload.get("says", ""))
    close = code(f"{scene.command} close {state.number}")
    turned = f"*Ticket {what}* by {who}{where}{f' ({outside(says, 100)})' if says else ''} · {number}"
    heads = {
        "edited": (f"*Comment edited* by {who}{where} · {number}", "What was recorded before stays as written"),
        "deleted": (f"*Comment deleted*{where}, which {who} wrote · {number}", "What was recorded stays"),
        "altered": (
            f"*The note of {note} was altered*{where}, it does not say by whom · {number}",
            f"{verify} shows it",
        ),
        "note_deleted": (f"*The note of {note} was deleted*{where} · {number}", f"{verify} shows what is missing"),
        "restored": (f"*The note of {note} is as it was sent again*{where} · {number}", ""),
        "closed": (turned, f"A ticket does not close the incident: {close} does"),
        "reopened": (turned, "A ticket does not reopen the incident; if the alert comes back, it is reopened"),
    }
    if what not in heads:
        return None
    head, foot = heads[what]
    words = quote(says) if says and what == "edited" else ""
    blocks = [section(head, words), *([context(foot)] if foot else [])]
    plain = {"altered": "was altered", "note_deleted": "was deleted", "restored": "is as it was sent again"}.get(what)
    ticket = spoken(ticket_of(entry), 80)
    text = f"{note} in {ticket} {plain}." if plain else f"{ticket}: {what} by {who}. {spoken(says)}".strip()
    payload = {"incident": state.label}
    return message(
        f"remarked/{entry.n}", f"{text} {state.label}, {number}.", blocks, "watchkeeper_remarked", entry.n,
        payload=payload,
    )  # fmt: skip
