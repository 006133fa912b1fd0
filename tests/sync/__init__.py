"""The line between edges and hub, over real HTTP, real SQLite, real Postgres."""
