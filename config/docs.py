"""The API's documentation page: Swagger UI from the ninja package, without other sites."""

from pathlib import Path
from typing import Any

import ninja
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template import Context, Engine
from ninja.openapi.docs import DocsBase

_ASSETS = Path(ninja.__file__).parent / "static" / "ninja"
_SERVED = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon.svg": "image/svg+xml",
}

# The policy of the pages but for what a player needs; Swagger UI draws icons from data URLs.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

_PAGE = Engine().from_string(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }} API</title>
<link rel="icon" href="docs/favicon.svg">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body data-openapi-url="{{ openapi_url }}">
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
)

# The token is read for each request, because signing in changes it.
_START = """\
SwaggerUIBundle({
  url: document.body.dataset.openapiUrl,
  dom_id: "#swagger-ui",
  deepLinking: true,
  requestInterceptor(request) {
    const token = ["__Host-csrftoken", "csrftoken"]
      .map((name) => new RegExp(`(?:^|; )${name}=([^;]+)`).exec(document.cookie))
      .find((found) => found)
    if (token) request.headers["X-CSRFToken"] = token[1]
    return request
  },
})
"""


class Docs(DocsBase):
    def render_page(self, request: HttpRequest, api: ninja.NinjaAPI, **kwargs: Any) -> HttpResponse:
        """Return the page; its scripts come from ``asset``."""
        get_token(request)  # sets the CSRF cookie that trying a request out needs
        context = {"title": api.title, "openapi_url": self.get_openapi_url(api, kwargs)}
        response = HttpResponse(_PAGE.render(Context(context)))
        response["Content-Security-Policy"] = _POLICY
        return response


def asset(request: HttpRequest, name: str) -> HttpResponse:
    """Serve a script or style of the page; Http404 for any other name."""
    if name == "start.js":
        return HttpResponse(_START, content_type="text/javascript")
    if name not in _SERVED:
        raise Http404
    response = HttpResponse((_ASSETS / name).read_bytes(), content_type=_SERVED[name])
    response["Cache-Control"] = "max-age=3600"
    return response
