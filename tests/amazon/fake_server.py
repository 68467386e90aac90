"""The made-up Amazon over real HTTP and TLS on this machine, with every way to misbehave that a test can ask for.

`script[operation]` holds what the next calls of an operation meet instead of a good answer, one entry a call:

    status(503, b"<html>")   that answer, nothing is done
    DROP                     the connection ends, nothing is done
    LOSE                     it is done, and the connection ends without an answer
    garble(b"{")             it is done, and the answer's body is this
    HANG                     nothing comes
    None                     all is well
and for documents also: cut(how), send(body, headers).
"""

import datetime as dt
import email.utils
import gzip
import json
import ssl
import threading
import warnings
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tests.amazon.made_up_amazon import MadeUpAmazon, read

MARK = "MARKED"  # is in every secret: nothing that is written may have it
CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN = f"amzn1.{MARK}.id", f"amzn1.oa2-cs.v1.{MARK}", f"Atzr|{MARK}"
RESTRICTED = {"GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_SHIPPING", "GET_FLAT_FILE_ORDER_REPORT_DATA_SHIPPING"}
TOKEN_SECONDS, URL_SECONDS = 3600, 300
DROP, LOSE, HANG = "drop", "lose", "hang"
DENIED = "Access to requested resource is denied."


class Status(NamedTuple):
    code: int
    body: bytes
    headers: dict


class Garbled(NamedTuple):
    body: bytes


class Sent(NamedTuple):
    body: bytes
    headers: dict


class Cut(NamedTuple):
    how: str  # "length", "chunk", "gzip"


class Exchange(NamedTuple):
    """A request and its answer, as they went over the wire."""

    operation: str
    method: str
    path: str
    query: dict
    headers: dict
    body: object
    status: int
    answer: object
    at: dt.datetime


def status(code, body=b"", **headers):
    return Status(code, body, {name.replace("_", "-"): value for name, value in headers.items()})


def error(code, name="InternalFailure", message="We encountered an internal error.", details="", **headers):
    return status(code, json.dumps(errors_of(name, message, details)).encode(), **headers)


def errors_of(name, message, details=""):
    return {"errors": [{"code": name, "message": message, "details": details}]}


def garble(body):
    return Garbled(body)


def send(body, **headers):
    return Sent(body, {name.replace("_", "-"): value for name, value in headers.items()})


def cut(how):
    return Cut(how)


class FakeAmazon:
    """The server; `with FakeAmazon(amazon) as fake` runs it. ``certificates`` is a trustme.CA, None for plain HTTP."""

    def __init__(self, amazon: MadeUpAmazon, certificates=None, host="127.0.0.1", tls_version=None):
        self.amazon, self.time = amazon, amazon.time
        self.script = defaultdict(list)
        self.exchanges = []
        self.tokens, self.restricted_tokens, self.addresses = {}, {}, {}
        self.date_skew = 0.0
        self.page_size = 100
        self.extra_keys = {}
        self.answers_as_the_models = True
        self.has_other_clients = False
        self.limits = {}  # operation → (calls a second, burst): beyond it 429 is answered
        self.allowances = {}
        self.released = threading.Event()
        self.lock = threading.RLock()
        handler = type("Handler", (_Handler,), {"fake": self})
        self.server = ThreadingHTTPServer((host, 0), handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a client that hangs up is none of the test's concern
        self.scheme, self.host = "http", host
        if certificates is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificates.configure_cert(context)
            if tls_version:
                context.set_ciphers("ALL:@SECLEVEL=0")
                with warnings.catch_warnings(action="ignore"):  # it is old: that is the point
                    context.minimum_version = context.maximum_version = tls_version
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )
            self.scheme, self.host = "https", "localhost"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"{self.scheme}://{self.host}:{self.server.server_address[1]}"

    def calls(self, operation):
        """How often the operation was asked for."""
        return sum(exchange.operation == operation for exchange in self.exchanges)

    def sign(self, path):
        """An address that is good for five minutes, with a secret in it."""
        with self.lock:
            number = len(self.addresses)
            self.addresses[number] = self.time.amazon_time()
        return f"{self.url}{path}?X-Amz-Signature={MARK}&number={number}"

    def is_too_early(self, operation):
        """Whether the operation's bucket is empty; a call is taken from it where it is not."""
        if operation not in self.limits:
            return False
        rate, burst = self.limits[operation]
        calls, counted = self.allowances.get(operation, (burst, self.time.amazon_time()))
        passed = (self.time.amazon_time() - counted).total_seconds()
        calls = min(burst, calls + passed * rate)
        self.allowances[operation] = (calls - (calls >= 1), self.time.amazon_time())
        return calls < 1

    def is_over(self, query):
        made = self.addresses.get(int(query.get("number", ["-1"])[0]))
        return made is None or (self.time.amazon_time() - made).total_seconds() > URL_SECONDS


class _Handler(BaseHTTPRequestHandler):
    disable_nagle_algorithm = True  # else the second of two small writes waits 40 ms for the client
    protocol_version = "HTTP/1.1"
    fake: FakeAmazon

    def log_message(self, *_):
        pass

    def date_time_string(self, timestamp=None):  # noqa: ARG002
        date = self.fake.time.amazon_time() + dt.timedelta(seconds=self.fake.date_skew)
        return email.utils.format_datetime(date, usegmt=True)

    def do_GET(self):
        self.serve()

    do_POST = do_PUT = do_GET  # noqa: N815  http.server names them so

    def serve(self):
        size = int(self.headers.get("Content-Length", 0))
        self.content = self.rfile.read(size)
        parts = urlsplit(self.path)
        self.route, self.query = parts.path, parse_qs(parts.query)
        if self.route == "/_time":
            self.serve_time()
            return
        operation, act = self.find_operation()
        with self.fake.lock:
            planned = self.fake.script[operation].pop(0) if self.fake.script[operation] else None
            if planned is None and self.fake.is_too_early(operation):
                rate, _ = self.fake.limits[operation]
                planned = error(429, "QuotaExceeded", "You exceeded your quota.", x_amzn_RateLimit_Limit=str(rate))
        if callable(planned):
            planned = planned(self)
        if planned in (DROP, HANG):
            self.note(operation, 0, None)
            if planned == HANG:
                self.fake.released.wait(30)
            self.close_connection = True
            return
        if isinstance(planned, Status):
            self.note(operation, planned.code, None)
            self.answer(planned.code, planned.body, planned.headers)
            return
        with self.fake.lock:
            code, body = act()
        self.finish_call(operation, planned, code, body)

    def finish_call(self, operation, planned, code, body):
        if isinstance(body, dict):
            body = {**body, **self.fake.extra_keys.get(operation, {})}
        self.note(operation, code, body)
        if planned == LOSE:
            self.close_connection = True
        elif isinstance(planned, Garbled):
            self.answer(code, planned.body)
        elif isinstance(planned, Sent | Cut) and code == 200:
            self.misbehave(planned, body)
        else:
            self.answer(code, body if isinstance(body, bytes) else json.dumps(body).encode())

    def note(self, operation, code, answer):
        body = self.content
        if body and self.headers.get("Content-Type", "").startswith("application/json"):
            body = json.loads(body)
        with self.fake.lock:
            self.fake.exchanges.append(
                Exchange(
                    operation=operation,
                    method=self.command,
                    path=self.route,
                    query=self.query,
                    headers={name.lower(): value for name, value in self.headers.items()},
                    body=body,
                    status=code,
                    answer=answer if isinstance(answer, dict) else None,
                    at=self.fake.time.amazon_time(),
                )
            )

    def answer(self, code, body, headers=None):
        self.send_response_only(code)
        given = {"Date": self.date_time_string(), "x-amzn-RequestId": "d0c5-made-up", **(headers or {})}
        given.setdefault("Content-Type", "application/json")
        given.setdefault("Content-Length", str(len(body)))
        for name, value in given.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def misbehave(self, planned, body):
        if isinstance(planned, Sent):
            self.answer(200, planned.body, planned.headers)
            return
        self.close_connection = True
        if planned.how == "gzip":  # the length is met, the trailer is not there
            self.answer(200, body[:-9])
        elif planned.how == "chunk":
            self.answer_head_chunked()
            self.wfile.write(f"{len(body):x}\r\n".encode() + body[: len(body) // 2])
        else:
            self.answer(200, body[: len(body) // 2], {"Content-Length": str(len(body))})

    def answer_head_chunked(self):
        self.send_response_only(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def serve_time(self):
        with self.fake.lock:
            self.fake.time.passed += float(self.query.get("seconds", ["0"])[0])
            passed = self.fake.time.passed
        self.answer(200, json.dumps({"passed": passed, "start": self.fake.time.start.isoformat()}).encode())

    # operations

    def find_operation(self):
        reports, feeds, post = "/reports/2021-06-30", "/feeds/2021-06-30", self.command == "POST"
        last = unquote(self.route.rsplit("/", 1)[-1])
        routes = {
            "/auth/o2/token": ("token", self.give_token),
            "/tokens/2021-03-01/restrictedDataToken": ("createRestrictedDataToken", self.give_restricted_token),
            f"{reports}/reports": ("createReport", self.create_report) if post else ("getReports", self.list_reports),
            f"{feeds}/feeds": ("createFeed", self.create_feed) if post else ("getFeeds", self.list_feeds),
            f"{feeds}/documents": ("createFeedDocument", self.create_feed_document),
        }
        for prefix, operation, act in (
            (f"{reports}/reports/", "getReport", lambda: found(self.fake.amazon.get_report(last))),
            (f"{reports}/documents/", "getReportDocument", lambda: self.give_document(last, "reportDocumentId")),
            (f"{feeds}/feeds/", "getFeed", lambda: found(self.fake.amazon.get_feed(last))),
            (f"{feeds}/documents/", "getFeedDocument", lambda: self.give_document(last, "feedDocumentId")),
            ("/upload/", "upload", lambda: self.take_upload(last)),
            ("/document/", "document", lambda: self.serve_document(last)),
        ):
            if self.route.startswith(prefix):
                routes[self.route] = (operation, act)
        operation, act = routes.get(self.route, ("unknown", lambda: (404, errors_of("NotFound", "No such path."))))
        free = ("token", "upload", "document", "unknown")
        return operation, (act if operation in free else lambda: self.check_token(operation) or act())

    def give_token(self):
        form = {name: values[0] for name, values in parse_qs(self.content.decode()).items()}
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return 401, {"error": "invalid_client", "error_description": "Client authentication failed"}
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != REFRESH_TOKEN:
            return 400, {"error": "invalid_grant", "error_description": "The request has an invalid grant parameter"}
        token = f"Atza|{MARK}-{len(self.fake.tokens)}"
        self.fake.tokens[token] = self.fake.time.amazon_time() + dt.timedelta(seconds=TOKEN_SECONDS)
        return 200, {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": TOKEN_SECONDS,
            "refresh_token": REFRESH_TOKEN,
        }

    def check_token(self, operation):
        """None for a good token; else the answer."""
        token = self.headers.get("x-amz-access-token", "")
        if operation == "getReportDocument" and token in self.fake.restricted_tokens:
            return (
                None if self.fake.restricted_tokens[token] == self.route else (403, errors_of("Unauthorized", DENIED))
            )
        if token not in self.fake.tokens:
            return 403, errors_of("Unauthorized", DENIED, "The access token you provided is not valid.")
        if self.fake.tokens[token] <= self.fake.time.amazon_time():
            return 403, errors_of("Unauthorized", DENIED, "The access token you provided has expired.")
        return None

    def give_restricted_token(self):
        (resource,) = json.loads(self.content)["restrictedResources"]
        token = f"Atz.sprdt|{MARK}-{len(self.fake.restricted_tokens)}"
        self.fake.restricted_tokens[token] = resource["path"]
        return 200, {"restrictedDataToken": token, "expiresIn": 3600}

    def create_report(self):
        return 202, self.fake.amazon.create_report(json.loads(self.content))

    def list_reports(self):
        return self.give_page("reports", "reportTypes", self.fake.amazon.list_reports)

    def list_feeds(self):
        return self.give_page("feeds", "feedTypes", self.fake.amazon.list_feeds)

    def give_page(self, key, types, find):
        wanted = json.loads(self.query["nextToken"][0]) if "nextToken" in self.query else None
        kind, since, start = wanted or (self.query[types][0], self.query["createdSince"][0], 0)
        records = find(kind, read(since))
        page = {key: records[start : start + self.fake.page_size]}
        if start + self.fake.page_size < len(records):
            page["nextToken"] = json.dumps([kind, since, start + self.fake.page_size])
        return 200, page

    def create_feed_document(self):
        number = self.fake.amazon.create_feed_document(json.loads(self.content))
        return 201, {"feedDocumentId": number, "url": self.fake.sign(f"/upload/{quote(number, safe='')}")}

    def create_feed(self):
        return self.fake.amazon.create_feed(json.loads(self.content))

    def give_document(self, number, key):
        document = self.fake.amazon.documents.get(number)
        if document is None:
            return 404, errors_of("NotFound", "No such document.")
        token = self.headers.get("x-amz-access-token", "")
        if key == "reportDocumentId" and self.is_restricted(number) and token not in self.fake.restricted_tokens:
            return 403, errors_of("Unauthorized", DENIED)
        answer = {key: number, "url": self.fake.sign(f"/document/{quote(number, safe='')}")}
        return 200, answer | ({"compressionAlgorithm": document.compression} if document.compression else {})

    def is_restricted(self, number):
        reports = self.fake.amazon.reports.values()
        return any(
            report.get("reportDocumentId") == number and report["reportType"] in RESTRICTED for report in reports
        )

    def take_upload(self, number):
        if self.fake.is_over(self.query):
            return 403, b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
        if not self.fake.amazon.upload(number, self.content, self.headers.get("Content-Type")):
            return 403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>"
        return 200, b""

    def serve_document(self, number):
        if self.fake.is_over(self.query):
            return 403, b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
        return 200, self.fake.amazon.documents[number].content


def found(record):
    return (404, errors_of("NotFound", "No such id.")) if record is None else (200, record)


def packed(content):
    return gzip.compress(content, mtime=0)
