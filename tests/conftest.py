"""Fixtures that every test may ask for."""

pytest_plugins = ["tests.support.postgres", "tests.support.hub", "tests.support.hub_web", "tests.support.demo"]
