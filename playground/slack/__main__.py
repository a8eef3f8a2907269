"""Run the stand-in alone: `python -m playground.slack --port 8907 --manifest manifest.yml`. Ctrl-C ends it."""

import argparse
from pathlib import Path

import yaml

from playground.serving import serve
from playground.slack import SlackStandIn, cast


def main() -> None:
    """Read the options, serve, and print one JSON line with the URL when it is ready."""
    parser = argparse.ArgumentParser(prog="python -m playground.slack", description="A Slack to try Watchkeeper in.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument("--manifest", type=Path, help="app manifest (YAML) with scopes, bot_events and slash_commands")
    options = parser.parse_args()
    app = cast.from_manifest(yaml.safe_load(options.manifest.read_text())) if options.manifest else None
    serve(SlackStandIn(app, port=options.port))


if __name__ == "__main__":
    main()
