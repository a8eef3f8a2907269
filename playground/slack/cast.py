"""The workspace of the storyboard: who is there, in which channels, in which groups, and the installed app.

The identifiers are those of the storyboard's messages, so that those messages mention people who exist.
"""

from playground.slack.directory import User, UserGroup
from playground.slack.model import App, Channel, File, Json, Shortcut

TEAM = "T07SHOP0001"
DOMAIN = "shop"
HOST = "shop.slack.example.com"

PRIYA, TOM, MAYA = "U07PRIYA0R1", "U07TOMB0002", "U07MAYA0003"
JONAS, BEN, DANA, SAM = "U07JONAS004", "U07BENA0005", "U07DANA0006", "U07SAMR0007"
WATCHKEEPER, DEPLOY_HELPER, SLACKBOT = "U07WATCHKPR", "U07DEPLOYHP", "USLACKBOT"
INCIDENTS, CHECKOUT, RELEASES, SUPPORT = "C07INCIDENTS", "C07CHECKOUT", "C07RELEASES", "C07SUPPORT0"
CHART = "F07CHART2041"
CHECKOUT_APPROVERS, DATABASE_APPROVERS = "S07CHECKAP1", "S07DBAPPR01"

BOT_TOKEN = "xoxb-07-standin-watchkeeper"  # noqa: S105  a stand-in's token opens nothing
APP_TOKEN = "xapp-1-A07WATCHKPR-standin"  # noqa: S105  a stand-in's token opens nothing
CLIENT_ID, CLIENT_SECRET = "1.standin", "standin-client-secret"
SIGNING_SECRET = "standin-signing-secret"  # noqa: S105  a stand-in's secret keeps nothing

SCOPES = (
    "app_mentions:read",
    "bookmarks:read",
    "bookmarks:write",
    "channels:history",
    "channels:join",
    "channels:manage",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "groups:write",
    "im:history",
    "im:read",
    "im:write",
    "pins:read",
    "pins:write",
    "reactions:read",
    "reactions:write",
    "usergroups:read",
    "users:read",
)
SHORTCUTS = (
    Shortcut("Open an incident", "message", "open_incident", "Make an incident of this message"),
    Shortcut("Open an incident", "global", "open_incident", "Say what is wrong, and since when"),
)
BOT_EVENTS = ("app_mention", "message.channels", "message.groups", "message.im", "reaction_added", "reaction_removed")


def users() -> dict[str, User]:
    """Everybody of the storyboard, two bots and Slackbot, by id."""
    people = [
        User(PRIYA, "priya", "Priya Raman", "On call for checkout"),
        User(MAYA, "maya", "Maya Okafor", "Checkout and databases"),
        User(BEN, "ben", "Ben Adler", "Checkout and databases"),
        User(JONAS, "jonas", "Jonas Lind", "Next watch"),
        User(TOM, "tom", "Tom Becker", "Support"),
        User(SAM, "sam", "Sam Reyes", "Guest", is_restricted=True),
        User(DANA, "dana", "Dana Silva", "Checkout"),
        User(WATCHKEEPER, "watchkeeper", "Watchkeeper", bot_id="B07WATCHKPR", app_id="A07WATCHKPR"),
        User(DEPLOY_HELPER, "deploy-helper", "Deploy Helper", bot_id="B07DEPLOYHP", app_id="A07DEPLOYHP"),
        User(SLACKBOT, "slackbot", "Slackbot"),
    ]
    return {user.id: user for user in people}


def channels() -> dict[str, Channel]:
    """The four channels; the app and its colleague are in all but #support, the guest only in #incidents."""
    team = [PRIYA, MAYA, BEN, JONAS, DANA, WATCHKEEPER, DEPLOY_HELPER]
    rooms = [
        Channel(INCIDENTS, "incidents", [*team, TOM, SAM], purpose="Every open incident, one message each"),
        Channel(CHECKOUT, "checkout", [*team], purpose="The checkout service"),
        Channel(RELEASES, "releases", [*team], purpose="What goes live"),
        Channel(SUPPORT, "support", [TOM, PRIYA, DANA], purpose="What customers report"),
    ]
    return {room.id: room for room in rooms}


def groups() -> dict[str, UserGroup]:
    """Who may decide what."""
    return {
        CHECKOUT_APPROVERS: UserGroup(
            CHECKOUT_APPROVERS, "checkout-approvers", "Checkout approvers", [PRIYA, MAYA, BEN, JONAS]
        ),
        DATABASE_APPROVERS: UserGroup(DATABASE_APPROVERS, "database-approvers", "Database approvers", [MAYA, BEN]),
    }


def files() -> dict[str, File]:
    """The chart that the storyboard's result shows; it has no bytes, so a page shows its alternative text."""
    chart = File(CHART, "chart.png", 0, WATCHKEEPER, 0, "", mimetype="image/png", content=b"")
    return {CHART: chart}


def watchkeeper(
    scopes: tuple[str, ...] = SCOPES,
    bot_events: tuple[str, ...] = BOT_EVENTS,
    commands: dict[str, bool] | None = None,
    shortcuts: tuple[Shortcut, ...] = SHORTCUTS,
    *,
    home_tab: bool = False,
) -> App:
    """The app under test; `commands` maps a slash command to its `should_escape`."""
    return App(
        name="Watchkeeper",
        app_id="A07WATCHKPR",
        user_id=WATCHKEEPER,
        bot_id="B07WATCHKPR",
        bot_token=BOT_TOKEN,
        app_token=APP_TOKEN,
        scopes=scopes,
        app_scopes=("connections:write",),
        bot_events=bot_events,
        commands={"/watch": True} if commands is None else commands,
        shortcuts=shortcuts,
        home_tab=home_tab,
        signing_secret=SIGNING_SECRET,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
    )


def from_manifest(manifest: Json) -> App:
    """The app as its manifest declares it: scopes, events, slash commands, shortcuts, Home tab, nothing more.

    Shape: https://docs.slack.dev/reference/app-manifest
    """
    features = manifest.get("features", {})
    events = manifest.get("settings", {}).get("event_subscriptions", {}).get("bot_events", [])
    entries = features.get("shortcuts", [])
    return watchkeeper(
        scopes=tuple(manifest.get("oauth_config", {}).get("scopes", {}).get("bot", [])),
        bot_events=tuple(events),
        commands={entry["command"]: bool(entry.get("should_escape")) for entry in features.get("slash_commands", [])},
        shortcuts=tuple(Shortcut(e["name"], e["type"], e["callback_id"], e["description"]) for e in entries),
        home_tab=bool(features.get("app_home", {}).get("home_tab_enabled")),
    )
