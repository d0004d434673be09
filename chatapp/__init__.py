"""A chat for a team or community: Flask pages, a Socket.IO namespace, one database."""

from __future__ import annotations

from flask import Flask
from flask_login import current_user

from chatapp import cli, models  # noqa: F401 (importing the models registers the tables)
from chatapp.auth.account_routes import account
from chatapp.auth.picture_routes import pictures
from chatapp.auth.routes import auth
from chatapp.chat import deletions
from chatapp.chat.api import api
from chatapp.chat.events import ChatNamespace
from chatapp.chat.outgoing import outgoing
from chatapp.chat.read_marks import read_marks
from chatapp.chat.routes import chat
from chatapp.extensions import csrf, db, login_manager, migrate, throttle
from chatapp.files import attachments, removals, storage
from chatapp.files.routes import files
from chatapp.lib import logs
from chatapp.lib.orjson_codec import OrjsonProvider
from chatapp.models import database
from chatapp.notify.api import push
from chatapp.notify.rounds import notifier
from chatapp.realtime import engine, presence, watch
from chatapp.realtime.drain import Drain
from chatapp.realtime.packets import NAMESPACE
from chatapp.web import bodies, compression, errors, security, static_files, templates
from chatapp.web.health import health
from chatapp.web.installed import installed
from chatapp.web.row_id import RowIdConverter
from config import Config


def create_app(config: Config | None = None) -> Flask:
    """The app: for serving (the worker has patched the standard library then) or for the flask CLI."""
    config = config or Config(is_serving=False)
    logs.set_up(is_serving=config.SERVING)
    app = Flask(__name__, static_folder=None, instance_path=str(config.INSTANCE))
    app.config.from_object(config)
    app.json = OrjsonProvider(app)
    app.url_map.converters["row_id"] = RowIdConverter
    throttle.enabled = config.RATE_LIMITS

    bodies.init_app(app)  # before all that looks at requests
    database.init_app(app)
    migrate.init_app(app, db, directory=str(config.MIGRATIONS), render_as_batch=True)
    # Asked for by pages that show it only: the page that says the database is away may not ask the database.
    login_manager.init_app(app, add_context_processor=False)
    app.jinja_env.globals["current_user"] = current_user
    csrf.init_app(app)
    for part in (outgoing, read_marks, notifier):
        part.init_app(app)
    Drain(lambda: outgoing.is_idle() and read_marks.is_idle() and presence.is_idle(), presence.leave).init_app(app)

    for blueprint in (auth, account, pictures, chat, api, push, files, health, installed):
        app.register_blueprint(blueprint)
    storage.init_app(app)
    static_files.init_app(app)
    compression.init_app(app)
    errors.init_app(app)
    cli.init_app(app)

    engine.init_app(app, config.ASYNC_MODE if config.SERVING else "threading", ChatNamespace(NAMESPACE, app))
    security.init_app(app, app.extensions["storage"].origin)
    if config.SERVING:
        templates.init_app(app)
        watch.start(app)
        watch.every(app, config.PURGE_CHECK_SECONDS, deletions.purge_due)
        notifier.start(app)
        watch.every(app, config.FILE_CHECK_SECONDS, removals.remove_due)
        watch.every(app, config.UNSENT_FILE_SECONDS / 24, attachments.sweep_unsent)
    return app
