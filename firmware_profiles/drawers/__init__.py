"""One TOML file per cash drawer; read through `firmware_profiles.load_drawer`."""
