"""The forms of sign-up, log-in and account. They check shape only; ``accounts`` decides."""

from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length


class SignupForm(FlaskForm):
    username = StringField(
        "Username", [InputRequired("Choose a username."), Length(max=64)], filters=[lambda v: v and v.strip()]
    )
    password = PasswordField("Password", [InputRequired("Choose a password.")])
    password2 = PasswordField(
        "Repeat password",
        [InputRequired("Type the password once more."), EqualTo("password", "The two passwords differ.")],
    )


class LoginForm(FlaskForm):
    username = StringField(
        "Username", [InputRequired("Type your username."), Length(max=64)], filters=[lambda v: v and v.strip()]
    )
    password = PasswordField("Password", [InputRequired("Type your password."), Length(max=1024)])


class PasswordForm(FlaskForm):
    current_password = PasswordField(
        "Current password", [InputRequired("Type your current password."), Length(max=1024)]
    )
    password = PasswordField("New password", [InputRequired("Choose a new password.")])
    password2 = PasswordField(
        "Repeat new password",
        [InputRequired("Type the new password once more."), EqualTo("password", "The two passwords differ.")],
    )
