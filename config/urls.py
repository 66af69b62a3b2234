"""Django's share of the address space; ``config.asgi`` has what stands before it."""

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView

from config import docs
from config.api import api
from config.errors import respond
from config.site import site
from config.web import page_shell
from core.errors import NotFound


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """Answer 404 in the one error shape of the REST interface."""
    return respond(NotFound())


urlpatterns = [
    path("admin", RedirectView.as_view(url="/admin/")),
    path("admin/", site.urls),
    path("api/docs/<str:name>", docs.asset),
    path("api/", api.urls),
    # A path of the machinery that nothing answered must not look like a page.
    re_path(r"^(?:api|assets|ws|healthz|metrics)(?:/|$)", nothing_here),
    re_path(r"", page_shell),
]
