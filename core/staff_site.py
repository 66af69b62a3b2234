"""Base classes of the admin site's pages: rows to look at and to act on."""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from core.errors import StreamItError
from core.folded_columns import has_words


class _NoForm:
    """No forms, because a form would bypass the rules of the services."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class RowsBeside(_NoForm, admin.TabularInline):  # type: ignore[type-arg]
    """Rows of a related table, shown on the page of the row they belong to."""

    extra = 0
    can_delete = False


class RowsToLookAt(_NoForm, admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that staff may see but not edit."""

    list_per_page = 50
    show_full_result_count = False
    # Columns that are searched as in the pages' search, in addition to ``search_fields``.
    folded_fields: tuple[str, ...] = ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find what Django finds, and rows with all the words in the folded columns."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if self.folded_fields and (wanted := has_words(search_term, *self.folded_fields)):
            found |= queryset.filter(wanted)
        return found, may_repeat

    def do_each(
        self,
        request: HttpRequest,
        rows: QuerySet[Any],
        work: Callable[[Any], Awaitable[None]],
        done: str,
    ) -> None:
        """Do ``work`` for each row; show how many were ``done``, and why others were not.

        It runs in the server's event loop, outside of any transaction of this thread.
        """
        count = 0
        for row in rows:
            try:
                async_to_sync(work)(row)
                count += 1
            except StreamItError as error:
                self.message_user(request, f"{row}: {error.message}", messages.ERROR)
        if count:
            self.message_user(request, f"{done}: {count}", messages.SUCCESS)


class RowsToDelete(RowsToLookAt):
    """Rows that can be deleted from the list with ``delete_one``, after a confirmation."""

    async def delete_one(self, row: Any) -> None:
        """Delete a row with everything that belongs to it; raise any StreamItError."""
        raise NotImplementedError

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_staff)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return only the rows: Django must not delete what belongs to them."""
        named = [str(row) for row in objs]
        return named, {str(self.opts.verbose_name_plural): len(named)}, set(), []

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete by our own rules, not by SQL."""
        self.do_each(request, queryset, self.delete_one, "Deleted with all that belongs to them")

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Answer 404: Django's view holds a transaction, in which our services cannot run."""
        raise Http404

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """Show a row without a link to ``delete_view``."""
        context = {**(extra_context or {}), "show_delete": False}
        return super().change_view(request, object_id, form_url, context)
