"""Stand-ins for the services of other companies, stateful and with their faults."""
