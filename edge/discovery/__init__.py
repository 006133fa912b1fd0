"""What stands around a unit: printers, scanners, other Tillhouse nodes. Found is never trusted."""
