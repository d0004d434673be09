"""The forms of sign-up and log-in. They check shape only; ``accounts`` decides."""

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
