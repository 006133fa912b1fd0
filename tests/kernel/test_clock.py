"""Time on screens and paper is the venue's own."""

from shared.kernel.clock import clock_text, paper_text

EVENING_UTC_MS = 1_795_292_040_000  # 2026-11-21 20:14 UTC


def test_a_screen_shows_the_venue_clock() -> None:
    assert clock_text(EVENING_UTC_MS, "UTC") == "20:14"
    assert clock_text(EVENING_UTC_MS, "Europe/Berlin") == "21:14"


def test_paper_shows_the_venue_day_also_across_midnight() -> None:
    assert paper_text(EVENING_UTC_MS, "America/New_York") == "2026-11-21 15:14"
    assert paper_text(EVENING_UTC_MS, "Asia/Tokyo") == "2026-11-22 05:14"
