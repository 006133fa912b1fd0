"""Devices of all venues at head office."""
