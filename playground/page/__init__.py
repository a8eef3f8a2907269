"""The demo's page: the workspace, the records and the ledger side by side, for a browser."""
