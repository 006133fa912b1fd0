"""The pure middle of the way of a fact, the same for the edge's writer and the hub's."""

import hashlib
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any

import msgspec

from shared.journal.chain import Sealed, Stamp, Tip, seal
from shared.journal.entry import Entry, Fact
from shared.kernel.codec import encode
from shared.kernel.errors import InputRefused, Refusal
from shared.pipeline.changes import Change
from shared.pipeline.command import Command, Given
from shared.pipeline.manifest import Slices

ID_PLACES_FROM = 1_000
"""Ids of the facts themselves are drawn behind the ids that a decision may draw."""


class CommandReused(Refusal):
    """One command id came with two different orders."""

    code = "command.reused"
    sentence = "This order was already carried out with other contents. Start the sale again."


class Happened(msgspec.Struct, frozen=True):
    """What a command led to: sealed entries, the changes to rows, and where the journal ends now."""

    sealed: list[Sealed]
    changes: list[Change]
    tip: Tip

    @property
    def entries(self) -> list[Entry[Fact]]:
        """The entries without their bytes."""
        return [one.entry for one in self.sealed]


def command_digest(command: Command) -> bytes:
    """Eight bytes that tell two orders under one command id apart; InputRefused for what no journal could hold."""
    try:
        return hashlib.sha256(command.NAME.encode() + encode(_digested(command))).digest()[:8]
    except (OverflowError, UnicodeEncodeError) as error:
        raise InputRefused(field="Order", problem="a number is too large or a letter cannot be stored") from error


def _digested(command: Command) -> Any:
    """The order, or the same map without some of its fields."""
    if not command.UNDIGESTED:
        return command
    names, values = _digested_fields(type(command))
    return dict(zip(names, values(command), strict=True))


@cache
def _digested_fields(kind: type[Command]) -> tuple[tuple[str, ...], Callable[[Command], tuple[Any, ...]]]:
    """The names of the fields that a digest holds (ids and more, so two at least), and what gets them."""
    names = tuple(name for name in kind.__struct_fields__ if name not in kind.UNDIGESTED)
    return names, attrgetter(*names)


def happen(slices: Slices, command: Command, state: Any, given: Given, tip: Tip) -> Happened:
    """Decide, seal behind `tip`, project. Refusal when the business says no; nothing has been written then."""
    facts: list[Fact] = slices.handlers[type(command)].decide(command, state, given)
    stamp = Stamp(command.command_id, command.actor, given.moment, given.feeds)
    named = [(given.new_id(ID_PLACES_FROM + place), fact) for place, fact in enumerate(facts)]
    sealed, new_tip = seal(given.owner, tip, stamp, named)
    changes = [change for one in sealed for change in slices.project(one.entry)]
    return Happened(sealed, changes, new_tip)
