"""People, on the admin site."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest

from accounts import deletion, services
from accounts.models import User
from core.errors import Unavailable
from core.sizes import readable
from core.staff_site import RowsToDelete


class PersonAdmin(RowsToDelete):
    """People, with what they keep here."""

    list_display = (
        "display_name",
        "email",
        "is_guest",
        "is_active",
        "is_staff",
        "created_at",
        "kept",
    )
    list_filter = ("is_guest", "is_active", "is_staff")
    search_fields = ("email", "id")
    folded_fields = ("name_folded", "email")
    ordering = ("-created_at",)
    fields = ("id", "display_name", "email", "is_guest", "is_active", "is_staff", "created_at")
    readonly_fields = fields
    actions = ("disable", "enable", "sign_out", "make_staff", "end_staff")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people: QuerySet[User] = super().get_queryset(request)
        return people.annotate(
            videos_kept=Count("videos"), bytes_kept=Sum("videos__size_bytes", default=0)
        )

    @admin.display(description="videos")
    def kept(self, person: Any) -> str:
        return f"{person.videos_kept}, {readable(person.bytes_kept)}"

    async def delete_one(self, row: User) -> None:
        if why := await deletion.delete_on_request(row.pk):
            reasons = " ".join(each.message for each in why)
            raise Unavailable(f"can no longer sign in; what they own is deleted later. {reasons}")

    @admin.action(description="Disable: let nobody use the account")
    def disable(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self.do_each(request, people, _disable, "Disabled")

    @admin.action(description="Enable")
    def enable(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self.do_each(request, people, _enable, "Enabled")

    @admin.action(description="Sign out everywhere")
    def sign_out(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self.do_each(request, people, _sign_out, "Signed out everywhere")

    @admin.action(description="Make staff: let them use these pages")
    def make_staff(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self.do_each(request, people, _make_staff, "Made staff")

    @admin.action(description="No longer staff")
    def end_staff(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self.do_each(request, people, _end_staff, "No longer staff")


async def _disable(person: User) -> None:
    await services.set_active(user_id=person.pk, active=False)


async def _enable(person: User) -> None:
    await services.set_active(user_id=person.pk, active=True)


async def _sign_out(person: User) -> None:
    await services.sign_out_everywhere(user_id=person.pk)


async def _make_staff(person: User) -> None:
    await services.set_staff(user_id=person.pk, staff=True)


async def _end_staff(person: User) -> None:
    await services.set_staff(user_id=person.pk, staff=False)
