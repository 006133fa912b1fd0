"""Storms over real processes: hub, edges and Postgres are killed, cut and flooded, and then everything is counted."""
