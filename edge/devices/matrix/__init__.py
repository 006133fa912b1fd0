"""The fault matrix: each fault, at each moment of a print, with each blow, against the real supervisor and spool."""
