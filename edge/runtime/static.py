"""The built files that pages load, for whichever of the edge's two sites is served."""

from litestar.datastructures import CacheControlHeader
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler

from shared.web.templates import BUILT, STATIC_PATH

YEAR_S = 365 * 24 * 3_600


def static_files() -> list[ControllerRouterHandler]:
    """The route to them; none where nothing was built."""
    if not BUILT.is_dir():
        return []
    kept = CacheControlHeader(max_age=YEAR_S, public=True, immutable=True)
    return [
        create_static_files_router(path=STATIC_PATH, directories=[BUILT], cache_control=kept, include_in_schema=False)
    ]
