"""What a browser sees at `/` where the editor was not built. It needs no token, so it tells nothing that is private."""

from __future__ import annotations

import functools
from html import escape
from importlib.metadata import version

from aiohttp import web

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Latent Loom</title>
<h1>Latent Loom</h1>
<p>A workflow engine for diffusion models, version {version}. The editor was not built here: in the project's folder,
<code>make web</code> builds it (or <code>npm ci &amp;&amp; npm run build</code> in <code>web/</code>; that needs
Node.js 20 or newer), and then it is here. An installed package has it already. Below is the HTTP interface.</p>
<p>Every address but this page and <code>/api/v1/health</code> needs the header
<code>Authorization: Bearer TOKEN</code>. The token is in the file <code>server.json</code> of the state folder
(<code>LOOM_HOME</code>) of whoever started this server. What changes something also needs
<code>Content-Type: application/json</code>.</p>
<table>
<tr><th align="left">Method<th align="left">Address<th align="left">What it does
{rows}
</table>
</html>
"""


@functools.cache
def installed_version() -> str:
    """The version of the installed product."""
    return version("latent-loom")


async def home(request: web.Request) -> web.Response:
    """This page."""
    rows = []
    for route in request.app.router.routes():
        resource = route.resource
        if route.method == "HEAD" or resource is None:
            continue
        text = " ".join((route.handler.__doc__ or "").split())
        cells = (f"<code>{escape(route.method)}</code>", f"<code>{escape(resource.canonical)}</code>", escape(text))
        rows.append("<tr>" + "".join(f"<td>{cell}" for cell in cells))
    page = PAGE.format(version=escape(installed_version()), rows="\n".join(rows))
    return web.Response(text=page, content_type="text/html")
