"""The durable path: from the ledger to every record, in order, until it is there."""
