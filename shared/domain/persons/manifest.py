"""The persons slice: what is true of everybody whose data is held, whichever slice noted them."""

from shared.domain.persons import commands, decide, facts, project, queries, rows
from shared.pipeline.manifest import Handler, Slice

DEPENDS_ON: tuple[str, ...] = ()


def everyone(_row: rows.ErasedRow) -> tuple[str, ...]:
    """Any unit may hold the key."""
    return ("org",)


SLICE = Slice(
    name="persons",
    facts=(facts.PersonErased,),
    rows=(rows.ErasedRow,),
    handlers=(Handler(commands.ErasePerson, queries.load_erase_person, decide.decide_erase_person),),
    projections={facts.PersonErased: project.project_person_erased},
    feeds={rows.ErasedRow: everyone},
    depends_on=DEPENDS_ON,
)
