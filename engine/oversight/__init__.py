"""People decide: who may, what they said, and the gate before an action."""
