"""What the application needs for files: their endpoints, their state, their lifetime."""

from __future__ import annotations

from aiohttp import web

from server.assets import gallery_routes, routes
from server.assets.gallery import GALLERY, Gallery
from server.assets.pictures import PICTURES, Pictures
from server.assets.serving import CHECKED, Checked
from server.assets.uploads import uploads_lifetime
from server.endpoint import Endpoint
from server.places import PLACES
from server.security_limits import LIMITS

ENDPOINTS: tuple[Endpoint, ...] = (
    routes.artifact,
    routes.small,
    routes.upload,
    routes.index,
    gallery_routes.index,
    gallery_routes.favour,
    gallery_routes.delete,
)


def add_files(app: web.Application) -> None:
    """Set the state and the lifetime; places, limits and the database must be there."""
    app[CHECKED] = Checked()
    app[PICTURES] = Pictures(app[LIMITS].pixels)
    app[GALLERY] = Gallery(app[PLACES].output)
    app.cleanup_ctx.append(uploads_lifetime)
