"""One TOML file per scanner model; read through `firmware_profiles.load_scanner`."""
