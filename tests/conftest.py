"""Fixtures that every test may ask for."""

from tests.support.profile import load_profile

pytest_plugins = ["tests.support.postgres", "tests.support.hub", "tests.support.hub_web", "tests.support.demo"]

load_profile()
