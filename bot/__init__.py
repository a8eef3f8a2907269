"""The doors: Slack, webhooks, command line. They decide nothing."""
