"""Tables, migrations and the two databases behind the ledger."""
