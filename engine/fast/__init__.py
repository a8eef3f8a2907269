"""The fast path: from an alert to a conclusion, without a single backend write."""
