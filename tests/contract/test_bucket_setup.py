"""`capture bucket setup` and the doctor's look, on a server that keeps a bucket's settings.

Here it is a stand-in that keeps the documents as they are sent and answers preflights by them. Where
`S3_TEST_ENDPOINT` names a real server (with `S3_TEST_ACCESS` and `S3_TEST_SECRET`), everything runs there as well; it
did with Ceph 16.
"""

from __future__ import annotations

import contextlib
import http.server
import os
import threading
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from capture import bucket as wanted
from capture.errors import ConfigError
from capture.settings import Settings
from storage.bucket_settings import BucketSettings
from worker import bucket
from worker.cli import run
from worker.services import Services

PAGES = "https://capture.example.com"
NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"
ABSENT = {"cors": "NoSuchCORSConfiguration", "lifecycle": "NoSuchLifecycleConfiguration"}
EMPTY = {"notification": "NotificationConfiguration", "versioning": "VersioningConfiguration"}


class StandIn(http.server.BaseHTTPRequestHandler):
    """An S3 server without objects, with each bucket's settings as they were put. `refuses`: parts it does not know."""

    kept: dict[tuple[str, str], bytes]
    refuses: set[str]
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(200)

    def do_GET(self) -> None:
        name, part = self._place()
        if part in self.refuses:
            self._answer(501, b"<Error><Code>NotImplemented</Code></Error>")
        elif (name, part) in self.kept:
            self._answer(200, self.kept[name, part])
        elif part in ABSENT:
            self._answer(404, f"<Error><Code>{ABSENT[part]}</Code></Error>".encode())
        else:
            self._answer(200, f"<{EMPTY[part]}/>".encode())

    def do_PUT(self) -> None:
        name, part = self._place()
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if part:
            self.kept[name, part] = body
        self._answer(200)

    def do_OPTIONS(self) -> None:
        name, _ = self._place()
        rules = ET.fromstring(self.kept.get((name, "cors"), b"<x/>"))  # noqa: S314 (our own words)
        origin, method = self.headers["origin"], self.headers["access-control-request-method"]
        for rule in rules.iter(f"{NAMESPACE}CORSRule"):
            said = {key: [one.text for one in rule.iter(NAMESPACE + key)] for key in ("AllowedOrigin", "AllowedMethod")}
            if origin in said["AllowedOrigin"] and method in said["AllowedMethod"]:
                allow = "Access-Control-Allow-"
                self._answer(
                    200, b"", {allow + "Origin": origin, allow + "Methods": method, allow + "Headers": "content-type"}
                )
                return
        self._answer(403)

    def _place(self) -> tuple[str, str]:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query, keep_blank_values=True)
        part = next((one for one in (*ABSENT, *EMPTY) if one in query), "")
        return parts.path.split("/")[1], part

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def stand_in(refuses: set[str]) -> Iterator[Settings]:
    handler = type("Handler", (StandIn,), {"kept": {}, "refuses": refuses})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield settings_of(f"http://127.0.0.1:{server.server_port}", "key", "secret")
    server.shutdown()
    server.server_close()


def settings_of(endpoint: str, access: str, secret: str) -> Settings:
    return Settings(
        s3_endpoint_url=endpoint,
        s3_bucket=f"photos-{uuid.uuid4().hex[:8]}",
        s3_region="default",
        s3_access_key_id=access,
        s3_secret_access_key=SecretStr(secret),
        public_url=PAGES,
    )


@pytest.fixture(params=["stand-in", "real"])
def settings(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    with contextlib.ExitStack() as stack:
        if request.param == "stand-in":
            found = stack.enter_context(stand_in(set()))
        elif os.environ.get("S3_TEST_ENDPOINT"):
            found = settings_of(*(os.environ[f"S3_TEST_{name}"] for name in ("ENDPOINT", "ACCESS", "SECRET")))
        else:
            pytest.skip("S3_TEST_ENDPOINT names no real server")
        for name in ("s3_endpoint_url", "s3_bucket", "s3_region", "s3_access_key_id", "public_url"):
            monkeypatch.setenv(f"CAPTURE_{name.upper()}", getattr(found, name))
        monkeypatch.setenv("CAPTURE_S3_SECRET_ACCESS_KEY", found.s3_secret_access_key.get_secret_value())
        Services(found).objects._client().create_bucket(Bucket=found.s3_bucket)
        yield found


def there(settings: Settings) -> BucketSettings:
    return BucketSettings(Services(settings).objects, settings)


def test_a_new_bucket_is_told_all_after_it_was_shown(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    services = Services(settings)
    assert not bucket.passes(services, PAGES)
    assert {name for name, _, _ in bucket.weaknesses(services)} == {
        "bucket for pages", "bucket lifecycle", "bucket versions", "bucket notification",
    }  # fmt: skip
    assert run(["bucket", "setup", "--versioning", "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert f'+      "{PAGES}"' in shown
    assert not bucket.passes(services, PAGES)
    assert there(settings).cors() == []
    assert run(["bucket", "setup", "--versioning", "--yes"]) == 0
    assert "its pages get through." in capsys.readouterr().out
    assert bucket.passes(services, PAGES)
    assert not bucket.passes(services, "https://elsewhere.example.com")
    assert [name for name, _, _ in bucket.weaknesses(services)] == ["bucket notification"]
    assert run(["bucket", "setup", "--versioning"]) == 0, "nothing is left to ask about"
    assert "cors: It is as it should be." in capsys.readouterr().out


def test_what_others_said_stays_and_what_deletes_photos_is_named(settings: Settings) -> None:
    theirs = {"ID": "theirs", "AllowedOrigins": ["https://www.example.com"], "AllowedMethods": ["GET"]}
    expire = {"ID": "expire", "Status": "Enabled", "Filter": {"Prefix": "tenants/"}, "Expiration": {"Days": 30}}
    mine = there(settings)
    mine.write("cors", [theirs])
    mine.write("lifecycle", [expire])
    assert run(["bucket", "setup", "--yes"]) == 0
    assert [rule["ID"] for rule in mine.cors()] == [wanted.OURS, "theirs"]
    assert sorted(rule["ID"] for rule in mine.lifecycle()) == ["expire", wanted.OURS]
    found = bucket.weaknesses(Services(settings))
    assert ("bucket lifecycle", "the rule 'expire' deletes photos by their age") in [one[:2] for one in found]


def test_new_photos_are_announced(settings: Settings, request: pytest.FixtureRequest) -> None:
    if "real" in request.node.callspec.id:  # which checks that there is such a topic
        assert run(["bucket", "setup", "--yes", "--notify-url", "http://127.0.0.1:9/v1/triggers/s3/x"]) == 0
    else:
        assert run(["bucket", "setup", "--yes", "--notify", "arn:aws:sns:default::motomind-capture"]) == 0
    (entry,) = there(settings).notification()["TopicConfigurations"]
    assert entry["Events"] == ["s3:ObjectCreated:*"]
    assert entry["Filter"]["Key"]["FilterRules"] == [{"Name": "prefix", "Value": "tenants/"}]
    assert "bucket notification" not in [name for name, _, _ in bucket.weaknesses(Services(settings))]


def test_a_server_that_does_not_keep_such_settings_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    with stand_in({"cors", "lifecycle", "notification"}) as settings:
        found = bucket.plans(Services(settings), [PAGES])
        assert [plan.changes for plan in found] == [False, False]
        assert "docs/how-to/bucket.md" in found[0].note
        found_by_doctor = {name: fact for name, fact, _ in bucket.weaknesses(Services(settings))}
        assert found_by_doctor["bucket notification"] == "the storage does not tell"

    def forgetful(_: BucketSettings, part: str, value: object) -> None:
        assert part
        assert value

    with stand_in(set()) as settings:
        monkeypatch.setattr(BucketSettings, "write", forgetful)
        with pytest.raises(ConfigError) as refused:
            bucket.apply(Services(settings), bucket.plans(Services(settings), [PAGES]))
        assert refused.value.code == "bucket_unsupported"


def test_where_pages_are_is_asked_for(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.public_url == PAGES
    monkeypatch.setenv("CAPTURE_PUBLIC_URL", "")
    assert run(["bucket", "setup", "--dry-run"]) == 2
    assert run(["bucket", "setup", "--dry-run", "--origin", "capture.example.com"]) == 9
    assert run(["bucket", "setup", "--dry-run", "--origin", f"{PAGES}/some/page"]) == 0
    assert run(["bucket", "setup", "--dry-run", "--origin", PAGES, "--notify", "arn:x"]) == 9
