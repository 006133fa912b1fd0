"""`GET /health`: whether this hub process serves and reaches its database, for a balancer or a watchdog.

It needs no login and names nothing: no version, no organisation, no figure; those are on `/metrics`, for who may.
"""

from litestar import Response, get
from litestar.enums import MediaType

from hub.web.site.parts import Given


@get("/health", opt={"public": True}, include_in_schema=False)
async def health(parts: Given) -> Response[str]:
    """200 `ok`, also in a rush; or 503 while the database is away."""
    if await parts.reach.holds():
        return Response("ok\n", media_type=MediaType.TEXT)
    return Response("database away\n", status_code=503, media_type=MediaType.TEXT)
