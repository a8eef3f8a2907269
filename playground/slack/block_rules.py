"""Slack's limits for blocks, as data. What reads them is `blocks.py` and what it calls.

Sources: https://docs.slack.dev/reference/block-kit/blocks and …/block-elements, read in November 2026. The total of
13,200 characters is undocumented; it was reported in https://github.com/slackapi/bolt-js/issues/2509.
"""

from dataclasses import dataclass, field
from typing import Literal

Surface = Literal["message", "modal", "home"]
MOST_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
# Of a message; a view is measured in bytes.
MOST_CHARACTERS = 13_200
MOST_ID = 255

# Keys whose strings a reader sees; together they count towards MOST_CHARACTERS.
SEEN = frozenset({"text", "title", "subtitle", "body", "alt_text", "description", "caption", "label", "placeholder"})


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of block, element or object.

    `texts` maps a key to its longest length, whether it is a plain string or a text object; `plain` names the keys
    whose text object has to be `plain_text`, `objects` those that may also be `mrkdwn`; `lists` maps a key to its
    fewest and most items; `choices` to the allowed words; `numbers` to the least and the greatest whole number; of
    `any_of` one key has to be there.
    """

    required: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    texts: dict[str, int] = field(default_factory=dict)
    plain: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    lists: dict[str, tuple[int, int]] = field(default_factory=dict)
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: dict[str, tuple[int, int]] = field(default_factory=dict)


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
    "data_table": Shape(
        required=("rows", "caption"),
        lists={"rows": (2, 101)},
        numbers={"page_size": (1, 100), "row_header_column_index": (0, 19)},
    ),
    "data_visualization": Shape(required=("title", "chart"), texts={"title": 50}),
    "plan": Shape(required=("title",)),
    "task_card": Shape(required=("task_id", "title"), choices={"status": STATUSES}),
    "video": Shape(
        required=("alt_text", "title", "thumbnail_url", "video_url"), texts={"title": 200}, plain=("title",)
    ),
    "file": Shape(required=("external_id", "source")),
    "card": Shape(texts={"title": 150, "subtitle": 150, "body": 200}),
    "carousel": Shape(required=("elements",), lists={"elements": (1, 10)}),
    "container": Shape(texts={"title": 150}),
    "alert": Shape(
        required=("text",),
        texts={"text": 3000},
        objects=("text",),
        choices={"level": ("default", "info", "warning", "error", "success")},
    ),
    "input": Shape(required=("label", "element"), texts={"label": 2000, "hint": 2000}, plain=("label", "hint")),
}
# slack_sdk has no class for these.
WITHOUT_CLASS = frozenset({"data_table", "data_visualization"})
_MESSAGES_ONLY = frozenset(
    {"container", "context_actions", "data_table", "file", "markdown", "plan", "table", "task_card"}
)
# What Slack does not show on a surface. `input` in messages is left out on purpose: see docs/slack-stand-in.md.
REFUSED: dict[Surface, frozenset[str]] = {
    "message": frozenset({"alert", "input"}),
    "home": _MESSAGES_ONLY | {"alert"},
    "modal": _MESSAGES_ONLY | {"card", "carousel", "data_visualization"},
}
CONTAINER_CHILDREN = frozenset(
    {"actions", "context", "divider", "file", "header", "image", "input", "rich_text", "section", "table", "video"}
)
CONTAINER_MOST = 10
TABLE_COLUMNS = 20
TABLE_CELLS = frozenset({"raw_text", "raw_number", "rich_text"})
CHARTS_A_MESSAGE = 2
CHART_LABEL = 20
SERIES_CHARTS = frozenset({"bar", "area", "line"})
PIE = Shape(required=("segments",), lists={"segments": (1, 6)})
SERIES_CHART = Shape(required=("series", "axis_config"), lists={"series": (1, 6)})
AXES = Shape(required=("categories",), texts={"x_label": 50, "y_label": 50}, lists={"categories": (1, 20)})
SERIES = Shape(required=("name", "data"), texts={"name": CHART_LABEL}, lists={"data": (1, 20)})
POINT = Shape(required=("label", "value"), texts={"label": CHART_LABEL})

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
_TYPED = Shape(required=("action_id",), texts={"placeholder": 150}, plain=("placeholder",))
# What only an `input` block holds.
_INPUTS: dict[str, Shape] = {
    "plain_text_input": Shape(
        required=("action_id",),
        texts={"placeholder": 150},
        plain=("placeholder",),
        numbers={"min_length": (0, 3000), "max_length": (1, 3000)},
    ),
    "email_text_input": _TYPED,
    "url_text_input": _TYPED,
    "number_input": Shape(required=("action_id", "is_decimal_allowed"), texts={"placeholder": 150}),
    "rich_text_input": _TYPED,
    "file_input": Shape(required=("action_id",)),
}
_CHOOSING = frozenset(ELEMENTS) - {"button", "overflow", "feedback_buttons", "icon_button", "workflow_button"}
INPUT_ELEMENTS = frozenset(_INPUTS) | _CHOOSING
ELEMENTS |= _INPUTS
PRESSED = frozenset(ELEMENTS) - frozenset(_INPUTS)
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
ACCESSORIES = PRESSED | {"image"}
