"""One TOML file per handheld unit; read through `firmware_profiles.load_handheld`."""
