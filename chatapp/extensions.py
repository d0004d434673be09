"""The Flask extensions, made here and bound to the app in ``create_app``. Imports nothing of ours but ``lib``."""

from flask_login import LoginManager
from flask_migrate import Migrate
from flask_socketio import SocketIO
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import MetaData
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase

from chatapp.lib.throttle import Throttle


class Base(DeclarativeBase):
    """Gives every constraint a name, so that migrations can find it again."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class ForgivingSession(Session):
    """Ends quietly when the database goes away after all that was asked of it: the answer is known by then."""

    def close(self) -> None:
        """Give the connection back; one that is lost cannot be, and nothing on it was to be kept."""
        try:
            super().close()
        except OperationalError:
            super().close()


db = SQLAlchemy(model_class=Base, session_options={"class_": ForgivingSession, "expire_on_commit": False})
migrate = Migrate()
login_manager = LoginManager()
csrf = CSRFProtect()
socketio = SocketIO()
throttle = Throttle()
