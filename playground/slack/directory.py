"""Who is in the workspace: people and the groups they are mentioned by, as Slack shows them. It checks nothing."""

from dataclasses import dataclass

from playground.slack.model import Json


@dataclass(slots=True)
class User:
    """A person or a bot user; a guest is `is_restricted` (several channels) or `is_ultra_restricted` (one)."""

    id: str
    name: str
    real_name: str
    title: str = ""
    bot_id: str | None = None
    app_id: str | None = None
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    deleted: bool = False

    def as_slack(self, team: str, *, email: bool) -> Json:
        """As `users.info` shows it; the address only to tokens with `users:read.email`."""
        profile: Json = {
            "real_name": self.real_name,
            "real_name_normalized": self.real_name,
            "display_name": self.real_name,
            "display_name_normalized": self.real_name,
            "title": self.title,
            "team": team,
        }
        if self.bot_id:
            profile |= {"bot_id": self.bot_id, "api_app_id": self.app_id}
        elif email:
            profile["email"] = f"{self.name}@shop.example.com"
        return {
            "id": self.id,
            "team_id": team,
            "name": self.name,
            "real_name": self.real_name,
            "deleted": self.deleted,
            "tz": "Etc/UTC",
            "tz_label": "Coordinated Universal Time",
            "tz_offset": 0,
            "profile": profile,
            "is_admin": False,
            "is_owner": False,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "is_stranger": self.is_stranger,
            "is_bot": self.bot_id is not None,
            "is_app_user": False,
        }


@dataclass(slots=True)
class UserGroup:
    """A mentionable group of people; real ones need a paid plan."""

    id: str
    handle: str
    name: str
    users: list[str]
    date_update: int = 0

    def as_slack(self, team: str, *, users: bool) -> Json:
        """As `usergroups.list` shows it."""
        shown: Json = {
            "id": self.id,
            "team_id": team,
            "is_usergroup": True,
            "name": self.name,
            "handle": self.handle,
            "description": "",
            "date_update": self.date_update,
            "date_delete": 0,
            "user_count": len(self.users),
        }
        return shown | {"users": self.users} if users else shown
