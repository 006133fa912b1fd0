"""Profiles are data: each file keeps the schema, names its sources, and agrees with them where a machine can look."""
