"""The forms of one's own settings."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, ValidationError

from chatapp.auth import preferences
from chatapp.lib.clock import is_time_of_day, zone
from chatapp.models import User

# What quiet hours begin with when they are switched on.
_USUAL_QUIET = ("22:00", "07:00")


class ProfileForm(FlaskForm):
    display_name = StringField("Name", [InputRequired("Type a name.")])


class PictureForm(FlaskForm):
    picture = FileField("Picture")


class NotificationsForm(FlaskForm):
    """Quiet hours that are off lose their ends; what they were is not kept."""

    quiet = BooleanField("Quiet hours")
    quiet_from = StringField("From")
    quiet_until = StringField("Until")
    time_zone = StringField("Time zone")
    push_shows_text = BooleanField("Show what was written")

    def validate_quiet_from(self, field: StringField) -> None:
        self._check_time(field)

    def validate_quiet_until(self, field: StringField) -> None:
        self._check_time(field)
        if self.quiet.data and field.data == self.quiet_from.data:
            raise ValidationError("Choose another time than that of the beginning.")

    def validate_time_zone(self, field: StringField) -> None:
        if field.data and zone(field.data) is None:
            raise ValidationError("There is no such time zone.")
        if self.quiet.data and not field.data:
            raise ValidationError("Choose where you are, so that quiet hours come at the right time.")

    def _check_time(self, field: StringField) -> None:
        if self.quiet.data and not is_time_of_day(field.data or ""):
            raise ValidationError("Choose a time, such as 22:00.")

    @property
    def wanted(self) -> dict[str, Any]:
        """As ``preferences.change`` takes it."""
        ends = (self.quiet_from.data, self.quiet_until.data) if self.quiet.data else (None, None)
        return {
            "quiet_from": ends[0],
            "quiet_until": ends[1],
            "time_zone": self.time_zone.data or None,
            "push_shows_text": self.push_shows_text.data,
        }


class PrivacyForm(FlaskForm):
    shares_reads = BooleanField("Read receipts")
    shares_presence = BooleanField("When you are here")


class PasswordForm(FlaskForm):
    current_password = PasswordField(
        "Current password", [InputRequired("Type your current password."), Length(max=1024)]
    )
    password = PasswordField("New password", [InputRequired("Choose a new password.")])
    password2 = PasswordField(
        "Repeat new password",
        [InputRequired("Type the new password once more."), EqualTo("password", "The two passwords differ.")],
    )


def filled_in(user: User) -> dict[str, FlaskForm]:
    """All of them, by section, with what is so now."""
    account = preferences.of(user)
    quiet = account["quiet_from"] is not None
    ends = (account["quiet_from"], account["quiet_until"]) if quiet else _USUAL_QUIET
    return {
        "profile": ProfileForm(formdata=None, display_name=user.display_name),
        "picture": PictureForm(formdata=None),
        "notifications": NotificationsForm(
            formdata=None,
            quiet=quiet,
            quiet_from=ends[0],
            quiet_until=ends[1],
            time_zone=account["time_zone"],
            push_shows_text=account["push_shows_text"],
        ),
        "privacy": PrivacyForm(
            formdata=None, shares_reads=account["shares_reads"], shares_presence=account["shares_presence"]
        ),
        "password": PasswordForm(formdata=None),
    }
