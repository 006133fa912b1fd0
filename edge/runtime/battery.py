"""The battery of the unit, where the system knows of one."""

from pathlib import Path

POWER_SUPPLIES = Path("/sys/class/power_supply")


def battery_percent(folder: Path = POWER_SUPPLIES) -> int | None:
    """The charge of the first battery in per cent; None where there is none or it does not tell."""
    try:
        for supply in sorted(folder.iterdir()):
            if (supply / "type").read_text().strip() == "Battery":
                return max(0, min(100, int((supply / "capacity").read_text())))
    except (OSError, ValueError):
        return None
    return None
