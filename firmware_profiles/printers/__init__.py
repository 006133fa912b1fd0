"""One TOML file per printer model; read through `firmware_profiles.load_printer`."""
