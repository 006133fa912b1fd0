"""What is refused about people, with the next step."""

from shared.kernel.errors import Refusal


class UnknownPerson(Refusal):
    """Nothing is held that could be erased or shown."""

    code = "persons.unknown"
    sentence = "Nobody is noted under this phone or id. Ask for it again; a unit that is away may not have sent it yet."
