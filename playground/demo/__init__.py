"""The demo: the whole world in one data folder, for a person in the browser or headless for a check."""
