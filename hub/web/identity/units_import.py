"""The page that takes a file from a unit that no line reaches: what became of each bundle, as a sentence."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile

from hub.sync.stick import BundleOutcome, StickReport, import_stick
from hub.web.identity.units_view import ImportLine, ImportView
from hub.web.site.access import may
from hub.web.site.frame import frame
from hub.web.site.pages import refused
from hub.web.site.parts import Asked, Given
from hub.web.site.snapshot import Snapshot
from hub.web.site.standing import StateTag
from shared.domain.identity.state import RUNS_EVENTS
from shared.journal.stick import STICK_BYTES_MAX
from shared.kernel.errors import InputRefused, Refusal
from shared.web.templates import count

FORM_BYTES_MAX = 64 * 1_024
NAME_LETTERS_MAX = 80
TAGS = {
    "stored": StateTag("done", "Taken", "check"),
    "known": StateTag("calm", "Known", "check"),
    "held": StateTag("attn", "Held", "scale"),
    "refused": StateTag("stop", "Refused", "x"),
}


class ImportPages(Controller):
    """Files of `tillhouse edge export`."""

    path = "/units/import"
    include_in_schema = False
    guards = (may(RUNS_EVENTS),)

    @get()
    async def form(self, request: Asked, parts: Given) -> Response[str]:
        """Choose the file."""
        now = await parts.live.snapshot(request.user.org_id)
        return parts.pages.show("identity/unit_import.html", ImportView(frame(now, request.user, "units")))

    @post(request_max_body_size=STICK_BYTES_MAX + FORM_BYTES_MAX)
    async def take(self, request: Asked, parts: Given) -> Response[Any]:
        """Take every good bundle; the same file again changes nothing."""
        me, problem, report, name = request.user, None, None, ""
        try:
            sent = (await request.form()).get("file")
            if not isinstance(sent, UploadFile) or not sent.filename:
                raise InputRefused(field="File", problem="choose the one that the unit wrote")
            name = sent.filename[:NAME_LETTERS_MAX]
            report = await import_stick(parts.hub, me.org_id, await sent.read())
        except Refusal as refusal:
            problem = refusal
        parts.live.forget(me.org_id)
        now = await parts.live.snapshot(me.org_id)
        page, status = refused(frame(now, me, "units"), problem)
        view = import_view(page, now, name, report) if report else ImportView(page)
        return parts.pages.show("identity/unit_import.html", view, status)


def import_view(page: Any, now: Snapshot, name: str, report: StickReport) -> ImportView:
    """The file as it was taken, bundle by bundle."""
    new = "1 new entry" if report.new == 1 else f"{report.new:,} new entries"
    refusals = f" {count(len(report.refused), 'bundle')} refused." if report.refused else ""
    unfinished = [str(share) for share in report.units if len(report.units) > 1 and (share.refused or share.held)]
    return ImportView(
        page=page,
        name=name,
        summary=f"{count(len(report.bundles), 'bundle')} read, {new} stored.{refusals}"
        + "".join(f" {said}." for said in unfinished),
        lines=tuple(_line(now, one) for one in report.bundles),
        parcels=_parcels(report),
    )


def _parcels(report: StickReport) -> str:
    if not report.parcels:
        return ""
    return f"{report.parcels_kept} of {count(report.parcels, 'parcel')} with buyers’ phones kept."


def _line(now: Snapshot, one: BundleOutcome) -> ImportLine:
    name = next((unit.name for unit in now.units if unit.unit_id == one.owner.node_id), "Unknown unit")
    entries = f"{one.first:,} – {one.last:,}" if one.last else "–"
    return ImportLine(
        place=one.place,
        unit=f"{name}, epoch {one.owner.epoch}" if one.last else name,
        entries=entries,
        tag=TAGS[one.outcome],
        sentence=_sentence(one),
        code=one.code,
    )


def _sentence(one: BundleOutcome) -> str:
    if one.outcome == "stored":
        here = "All are new." if one.new == one.last - one.first + 1 else "The others were here already."
        return f"{one.new:,} stored. {here}"
    if one.outcome == "known":
        return "All were here already; nothing changed."
    if one.outcome == "held":
        return "The unit is revoked: held in a case until somebody decides."
    return one.sentence
