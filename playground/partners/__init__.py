"""Partner agents for the demo and the tests: a log specialist, a release specialist, and one that lies."""
