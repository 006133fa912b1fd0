"""People whose data the organisation holds: look up, export, erase."""
