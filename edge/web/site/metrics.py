"""`GET /metrics`: this unit's figures for a collector on this machine; nobody else learns that the page exists."""

from litestar import Response, get
from litestar.exceptions import NotFoundException

from edge.runtime.metrics import unit_metrics
from edge.runtime.unit import Unit
from edge.web.site.door import AnyRequest
from shared.web.insiders import asks_itself
from shared.web.metrics import MEDIA_TYPE


@get("/metrics", include_in_schema=False)
async def metrics(request: AnyRequest, unit: Unit) -> Response[str]:
    """Every figure, in the text format of Prometheus."""
    if not asks_itself(request.client.host if request.client else "", request.headers):
        raise NotFoundException
    return Response(await unit_metrics(unit), media_type=MEDIA_TYPE)
