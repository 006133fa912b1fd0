"""What the page shows on which a supervisor says what time it is."""

import msgspec

from edge.web.site.view import PageView


class ClockView(msgspec.Struct, frozen=True):
    """GET /more/clock; POST /more/clock {staff_id, pin, answer, date, clock}, `answer` being own, device or typed.

    `clock` and `day` are the unit's own time; `device_clock` and `device_day` what its clock inside says, empty when
    that lies before the unit's time or in no calendar. `typed_*` fill the fields of another time; `people` (staff_id,
    name) may sign.
    """

    page: PageView
    clock: str
    day: str
    device_clock: str
    device_day: str
    typed_date: str
    typed_clock: str
    people: tuple[tuple[str, str], ...]
    in_doubt: bool = True
    chosen_id: str = ""
    refused: str = ""
    refused_code: str = ""
