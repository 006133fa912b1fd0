"""What stands around a unit: on its cables, on its networks, and among the Tillhouse nodes there."""
