"""Enrolling by page: one try at a time, and the sentences of what went wrong as they read before there is a unit."""

import asyncio

import structlog

from edge.runtime.enrol import enrol
from edge.runtime.settings import Settings
from edge.runtime.world import World
from edge.sync.hub_client import HubAway, HubRefused
from edge.sync.link import CROWDED
from edge.web.enrol.forms import EnrolForm
from edge.web.enrol.view import EnrolledView
from shared.kernel.errors import InputRefused, PeerFault, Refusal, TillhouseError

log = structlog.get_logger()


class HubNotReached(PeerFault):
    """The hub of the code does not answer; nothing has happened yet."""

    code = "enrol.hub_away"
    sentence = "The hub does not answer ({reason}). See that this unit reaches it, then try the whole code again."


class HubCrowded(PeerFault):
    """Many units ask the hub at this moment; nothing has happened yet."""

    code = "enrol.hub_crowded"
    sentence = "Many units come to the hub at this moment. Nothing has happened yet: try the same code in a minute."


class HubSaid(Refusal):
    """What the hub refused, in its own words."""

    code = "enrol.refused"
    sentence = "{detail}"


class Enrolling:
    """Takes codes for one unit; two at once would make two pairs of keys."""

    def __init__(self, settings: Settings, world: World) -> None:
        self._settings = settings
        self._world = world
        self._one = asyncio.Lock()

    async def take(self, form: EnrolForm) -> EnrolledView:
        """The unit that this one is now; a refusal or fault says what to do next."""
        if not form.code.strip():
            raise InputRefused(field="Code", problem="scan it, or paste it here")
        async with self._one:
            try:
                certificate = await enrol(self._settings, self._world, form.code)
            except (HubAway, HubRefused) as error:
                raise as_sentence(error) from error
        return EnrolledView(certificate.name, certificate.code, certificate.epoch)


def as_sentence(error: HubAway | HubRefused) -> TillhouseError:
    """The same for somebody who enrols: no sale goes on yet, and nothing is tried again by itself."""
    if isinstance(error, HubAway) and error.said_code == CROWDED:
        return HubCrowded()
    if isinstance(error, HubAway):
        return HubNotReached(reason=error.values["reason"])
    log.info("enrolment refused", code=error.refusal_code)
    return HubSaid(detail=error.values["detail"] or "The hub did not take this code. Make a new one there.")
