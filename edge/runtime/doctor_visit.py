"""One visit of the doctor at a unit: every check that its state allows, in the order in which causes come first."""

from edge.runtime.doctor import Patient, first_checks
from edge.runtime.doctor_journal import journal_checks
from edge.runtime.doctor_outside import outside_checks
from edge.runtime.doctor_state import state_examinations
from edge.runtime.settings import Settings
from shared.console.checkup import Bar, Finding, examine
from shared.kernel.clock import Clock


def visit(settings: Settings, clock: Clock, *, deep: bool, bar: Bar) -> list[Finding]:
    """Everything that was found; a folder that belongs to nobody is asked no more than that."""
    patient = Patient(settings, clock, deep, bar.tell)
    found = examine(first_checks(patient), bar)
    if patient.owner is None:
        return found
    found += examine(journal_checks(patient, state_examinations()), bar)
    return found + examine(outside_checks(patient), bar)
