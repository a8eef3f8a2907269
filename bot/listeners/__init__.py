"""One file a Slack surface: payload, our words, one engine call."""
