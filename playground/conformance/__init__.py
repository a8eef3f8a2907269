"""The contracts of the ports as classes of tests, for connectors from anywhere: subclass one, give it its fixture."""
