"""Logs as one JSON object a line on standard error, every text of them through the gate; never a local variable."""

import json
import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from typing_extensions import override

from engine.redact import Gate


def configure(gate: Gate) -> None:
    """Set up structlog, and the standard loggers of the libraries at WARNING."""

    def masked(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        found: MutableMapping[str, Any] = gate.tree(event).value
        return found

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(),
            masked,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.getLogger("bolt").setLevel(logging.ERROR)  # it warns that our client brings its own token
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Masked(gate))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


class _Masked(logging.Formatter):
    """What the libraries log, tracebacks included, as one JSON object a line, through the gate like everything else."""

    def __init__(self, gate: Gate) -> None:
        super().__init__()
        self._gate = gate

    @override
    def format(self, record: logging.LogRecord) -> str:
        event = {"event": super().format(record), "level": record.levelname.lower(), "logger": record.name}
        return json.dumps(self._gate.tree(event).value, ensure_ascii=False)
