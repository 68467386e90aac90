"""Real servers on this machine: mail with STARTTLS, HTTPS with certificates of a CA of their own."""

import contextlib
import datetime as dt
import http.server
import json
import socketserver
import ssl
import threading
from types import SimpleNamespace

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from pipeline.notify import Sender, Timing, load_settings

USER, PASSWORD = "warden", "Marked-Secret-1"
QUICK = Timing(answer=10, attempt=20, pauses=(0, 0))
IMPATIENT = Timing(answer=0.3, attempt=2, pauses=(0, 0))
SENT_AT = dt.datetime(2026, 3, 10, 7, 5, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """A CA, and its certificate as a file."""
    made = trustme.CA()
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    made.cert_pem.write_to_path(path)
    return SimpleNamespace(ca=made, path=path)


@pytest.fixture(autouse=True)
def trusted(authority, monkeypatch):
    """The program trusts that CA, and finds its secrets in the environment."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    monkeypatch.setenv("FEEDWARDEN_SMTP", f"{USER}:{PASSWORD}")


def server_context(ca):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


class LoopbackController(Controller):
    """A mail server on a free port, which is known once it listens."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class Mailbox:
    """What a mail server took; ``answer`` is what it says to a mail."""

    def __init__(self):
        self.mails, self.answer, self.before_answer = [], "250 OK", lambda: None

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802  the name that is called
        if self.answer.startswith("250"):
            self.mails.append(envelope)
        self.before_answer()
        return self.answer


@contextlib.contextmanager
def mail_server(context, password=PASSWORD):
    """A mail server that wants STARTTLS and the password; without a context it offers neither."""
    box = Mailbox()

    def check_login(_server, _session, _envelope, _mechanism, given):
        is_right = (given.login, given.password) == (USER.encode(), password.encode())
        return AuthResult(success=is_right, handled=False)

    options = (
        {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": check_login}
        if context
        else {}
    )
    controller = LoopbackController(box, "127.0.0.1", 0, **options)
    controller.start()
    try:
        box.port = controller.port
        yield box
    finally:
        controller.stop()


class Hook:
    """What an HTTP server was asked; ``status`` is what it answers, ``headers`` beside."""

    def __init__(self):
        self.requests, self.status, self.headers, self.before_answer = [], 204, {}, lambda: None


@contextlib.contextmanager
def web_server(context):
    """An HTTP server, over TLS where a context is given."""
    hook = Hook()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.requests.append(SimpleNamespace(path=self.path, headers=self.headers, body=body))
            hook.before_answer()
            self.send_response(hook.status)
            for name, value in hook.headers.items():
                self.send_header(name, value)
            self.end_headers()

        do_GET = do_POST  # noqa: N815  the name that is called

        def log_message(self, *_words):
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_words):
            pass  # a client that was killed, or that trusts nobody

    server = Server(("127.0.0.1", 0), Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        hook.port = server.server_address[1]
        hook.url = f"http{'s' * bool(context)}://127.0.0.1:{hook.port}/hooks/Marked-Secret-2"
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def raw_server(talk):
    """A server whose connections are talked to by hand: ``talk(file)``."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            with contextlib.suppress(OSError):
                talk(self)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def mail(authority):
    with mail_server(server_context(authority.ca)) as box:
        yield box


@pytest.fixture
def web(authority, monkeypatch):
    with web_server(server_context(authority.ca)) as hook:
        monkeypatch.setenv("FEEDWARDEN_HOOK", hook.url)
        yield hook


def mail_entry(port, *more):
    lines = [
        '[[to]]\nkind = "mail"',
        f'host = "127.0.0.1"\nport = {port}',
        'from = "feedwarden@example.com"\nto = ["orders@example.com"]\nsecret = "env:FEEDWARDEN_SMTP"',
    ]
    return "\n".join([*lines, *more, ""])


def web_entry(*more):
    return "\n".join(['[[to]]\nkind = "webhook"\nurl = "env:FEEDWARDEN_HOOK"', *more, ""])


class Desk:
    """A folder with a notify.toml, from which notices are sent."""

    def __init__(self, folder):
        self.folder, self.settings, self.state = folder, folder / "notify.toml", folder / "amazon"

    def write(self, *entries, head=""):
        self.settings.write_text("\n".join([head, *entries]), encoding="utf-8")
        return self

    def sender(self, timing=QUICK):
        return Sender(load_settings(self.settings), self.state, SENT_AT, timing)

    def send(self, happening, timing=QUICK):
        return self.sender(timing).send_notices(happening)

    def noted(self):
        path = self.state / "notices.jsonl"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)
