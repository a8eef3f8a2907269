"""The mind: incidents, their ledger and their rules. It knows neither Slack nor any vendor."""
