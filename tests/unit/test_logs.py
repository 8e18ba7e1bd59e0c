"""The log tells where an error was, and nothing of the record that it was about."""

import json

import pytest
import structlog

from forestapi import logs


def test_an_error_is_told_without_values(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    secret = "张三"

    def inner(name: str) -> None:
        try:
            int(name)
        except ValueError as error:
            raise KeyError(name) from error

    try:
        inner(secret)
    except KeyError as error:
        structlog.get_logger().error("unexpected error", path="/api/v1/workers", exc_info=error)
    line = capsys.readouterr().err.strip()
    told = json.loads(line)
    assert secret not in line and told["level"] == "error" and told["path"] == "/api/v1/workers"
    assert [each["type"] for each in told["error"]] == ["KeyError", "ValueError"]
    assert told["error"][0]["at"][-1].endswith("inner")
