"""The web server in this process: a free port, a clean stop, and the moment from which it really answers."""

import asyncio
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager

import uvicorn

from forestapi.settings import Settings

PORTS_TRIED = 100
READY_SECONDS = 60
GRACE_SECONDS = 10


class CannotServe(RuntimeError):
    """The web server does not come up; the message says why."""


class Server(uvicorn.Server):
    """uvicorn, with signals left to the command, which has a database to stop after it."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave the signals alone."""
        yield


def listen(host: str, port: int, tries: int = PORTS_TRIED) -> socket.socket:
    """Bind `port`, or the next free one of `tries`; the socket is kept, so nobody can take it meanwhile.

    Raises:
        CannotServe: the host is not an address of this machine, or no port is free.

    """
    try:
        family, kind, protocol, _, _ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise CannotServe(f"{host} is not an address: {error.strerror}") from error
    last: OSError | None = None
    for number in range(port, min(port + tries, 65536)):
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, number))
            listener.listen(512)
            return listener
        except OSError as error:
            listener.close()
            last = error
    raise CannotServe(f"cannot listen on {host}:{port}: {last.strerror if last else 'no such port'}")


def address(listener: socket.socket) -> str:
    """Give the URL at which a browser on this machine reaches the listener."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def cancel_on_signals() -> None:
    """Let Ctrl-C, `kill` and a closed terminal cancel the running task, so that its `finally` blocks run."""
    task = asyncio.current_task()
    assert task is not None, "called outside of a task"
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # nohup asks to outlive the terminal
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)


async def serve(
    settings: Settings, listener: socket.socket, on_ready: Callable[[str], Awaitable[None]]
) -> None:
    """Serve until the task is cancelled, then let running requests finish; call `on_ready` once it answers.

    Raises:
        CannotServe: it ended by itself, or does not answer within a minute.

    """
    from forestapi.app import create_app

    config = uvicorn.Config(
        create_app(settings), log_level="warning", access_log=False, server_header=False,
        proxy_headers=False, timeout_keep_alive=20,
        timeout_graceful_shutdown=GRACE_SECONDS, lifespan="on",
    )
    server = Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        ready = asyncio.create_task(_wait_until_ready(address(listener)))
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            ready.cancel()
            await running
            raise CannotServe("the web server ended while it was starting; its messages are above")
        await ready
        await on_ready(address(listener))
        await asyncio.shield(running)
        raise CannotServe("the web server ended by itself; its messages are above")
    finally:
        server.should_exit = True
        if not running.done():
            await running


async def _wait_until_ready(url: str) -> None:
    """Ask `/readyz` until it says yes."""
    for _ in range(READY_SECONDS * 10):
        if await asyncio.to_thread(_is_ready, url):
            return
        await asyncio.sleep(0.1)
    raise CannotServe(f"{url}/readyz does not say that the server is ready")


def _is_ready(url: str) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{url}/readyz", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
