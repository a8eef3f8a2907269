"""Who the token belongs to, and where its socket is opened. Nothing else about tokens is decided here."""

from playground.slack import cast
from playground.slack.model import Json
from playground.slack.web_api import Call


def test(call: Call) -> Json:
    """`auth.test`: `user_id` and `bot_id` are what an SDK tells its own events by."""
    app = call.desk.app
    return {
        "url": f"https://{cast.HOST}/",
        "team": "Shop",
        "user": app.name.lower(),
        "team_id": call.desk.workspace.team,
        "user_id": app.user_id,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


def connections_open(call: Call) -> Json:
    """`apps.connections.open`: an address that opens one socket, once."""
    return {"url": call.desk.sockets.ticket_url()}
