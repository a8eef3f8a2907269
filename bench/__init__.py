"""The figures: what Watchkeeper costs, each measured beside a bare program or a peer in the same run."""
