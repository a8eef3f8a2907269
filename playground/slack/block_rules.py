"""Slack's limits for blocks, as data. What reads them is `blocks.py`.

Sources: https://docs.slack.dev/reference/block-kit/blocks and …/block-elements, read in November 2026. The total of
13,200 characters is undocumented; it was reported in https://github.com/slackapi/bolt-js/issues/2509.
"""

from dataclasses import dataclass, field

MOST_BLOCKS = 50
MOST_CHARACTERS = 13_200
MOST_ID = 255

# Keys whose strings a reader sees; together they count towards MOST_CHARACTERS.
SEEN = frozenset({"text", "title", "subtitle", "body", "alt_text", "description", "caption", "label", "placeholder"})


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of block, element or object.

    `texts` maps a key to its longest length, whether it is a plain string or a text object; `plain` names the keys
    whose text object has to be `plain_text`, `objects` those that may also be `mrkdwn`; `lists` maps a key to its
    fewest and most items; `choices` to the allowed words; of `any_of` one key has to be there.
    """

    required: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    texts: dict[str, int] = field(default_factory=dict)
    plain: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    lists: dict[str, tuple[int, int]] = field(default_factory=dict)
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)


STATUSES = ("pending", "in_progress", "complete", "error")
TEXT_OBJECTS = ("plain_text", "mrkdwn")

BLOCKS: dict[str, Shape] = {
    "section": Shape(any_of=("text", "fields"), texts={"text": 3000}, objects=("text",), lists={"fields": (1, 10)}),
    "header": Shape(required=("text",), texts={"text": 150}, plain=("text",)),
    "context": Shape(required=("elements",), lists={"elements": (1, 10)}),
    "actions": Shape(required=("elements",), lists={"elements": (1, 25)}),
    "context_actions": Shape(required=("elements",), lists={"elements": (1, 5)}),
    "divider": Shape(),
    "image": Shape(
        required=("alt_text",),
        any_of=("image_url", "slack_file"),
        texts={"alt_text": 2000, "title": 2000, "image_url": 3000},
        plain=("title",),
    ),
    "markdown": Shape(required=("text",), texts={"text": 12_000}),
    "rich_text": Shape(required=("elements",)),
    "table": Shape(required=("rows",), lists={"rows": (1, 100), "column_settings": (0, 20)}),
    "data_table": Shape(required=("rows", "caption"), lists={"rows": (2, 101)}),
    "data_visualization": Shape(required=("title",), texts={"title": 50}),
    "plan": Shape(required=("title",)),
    "task_card": Shape(required=("task_id", "title"), choices={"status": STATUSES}),
    "video": Shape(
        required=("alt_text", "title", "thumbnail_url", "video_url"), texts={"title": 200}, plain=("title",)
    ),
    "file": Shape(required=("external_id", "source")),
    "card": Shape(texts={"title": 150, "subtitle": 150, "body": 200}),
    "carousel": Shape(required=("elements",), lists={"elements": (1, 10)}),
    "container": Shape(texts={"title": 150}),
}
# slack_sdk has no class for these.
WITHOUT_CLASS = frozenset({"data_table", "data_visualization"})
MODAL_ONLY = frozenset({"alert", "input"})
CONTAINER_CHILDREN = frozenset(
    {"actions", "context", "divider", "file", "header", "image", "input", "rich_text", "section", "table", "video"}
)
CONTAINER_MOST = 10
TABLE_COLUMNS = 20
TABLE_CELLS = frozenset({"raw_text", "raw_number", "rich_text"})
CHARTS_A_MESSAGE = 2

_SELECT = Shape(
    required=("action_id",), texts={"placeholder": 150}, plain=("placeholder",), lists={"options": (1, 100)}
)
_PICKED = Shape(required=("action_id",), texts={"placeholder": 150}, plain=("placeholder",))
ELEMENTS: dict[str, Shape] = {
    "button": Shape(
        required=("text", "action_id"),
        texts={"text": 75, "value": 2000, "url": 3000, "accessibility_label": 75},
        plain=("text",),
        choices={"style": ("primary", "danger")},
    ),
    "overflow": Shape(required=("options", "action_id"), lists={"options": (1, 5)}),
    "static_select": _SELECT,
    "multi_static_select": _SELECT,
    "users_select": _PICKED,
    "multi_users_select": _PICKED,
    "conversations_select": _PICKED,
    "channels_select": _PICKED,
    "external_select": _PICKED,
    "datepicker": _PICKED,
    "timepicker": _PICKED,
    "datetimepicker": Shape(required=("action_id",)),
    "checkboxes": Shape(required=("options", "action_id"), lists={"options": (1, 10)}),
    "radio_buttons": Shape(required=("options", "action_id"), lists={"options": (1, 10)}),
    "feedback_buttons": Shape(required=("positive_button", "negative_button")),
    "icon_button": Shape(required=("icon", "text"), texts={"text": 75}, plain=("text",)),
    "workflow_button": Shape(required=("text", "workflow", "action_id"), texts={"text": 75}, plain=("text",)),
}
CONTEXT_IMAGE = Shape(required=("alt_text",), any_of=("image_url", "slack_file"), texts={"alt_text": 2000})
CONTEXT_TEXT = Shape(required=("text",), texts={"text": 2000})
FIELD = Shape(required=("type", "text"), texts={"text": 2000}, choices={"type": TEXT_OBJECTS})
OPTION = Shape(
    required=("text", "value"), texts={"text": 75, "value": 150, "description": 75}, objects=("text", "description")
)
CONFIRM = Shape(
    required=("title", "text", "confirm", "deny"),
    texts={"title": 100, "text": 300, "confirm": 30, "deny": 30},
    plain=("title", "confirm", "deny"),
    objects=("text",),
    choices={"style": ("primary", "danger")},
)
ACCESSORIES = frozenset(ELEMENTS) | {"image"}
