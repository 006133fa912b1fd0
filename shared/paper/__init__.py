"""What stands on paper, for both sides: slips as Documents, their lines, and the same as a picture."""
