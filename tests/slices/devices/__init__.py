"""The devices slice: what a unit has, and what goes wrong with it."""
