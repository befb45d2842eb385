"""A private Neo4j server: fetched by Maven, configured, started, stopped, killed. `make neo4j` and the tests use it.

    python tests/neo4j_server.py check|start|stop      (start and stop work in .neo4j/ of the checkout)

Needs Java 17 or 21 and Maven. The server listens on free ports of the loopback interface only; its password is random,
kept in a file that only its owner can read, and given to no command line.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
POM = Path(__file__).resolve().parent / "server" / "pom.xml"
HOME = ROOT / ".neo4j"
JAVAS = (17, 21)
PACKAGES = "apt-get install openjdk-17-jre-headless maven"
START_S, STOP_S = 120, 60
#: Names of the environment variables that say which server is used.
URI, USER, PASSWORD = "GRAPHFRAUD_NEO4J_URI", "GRAPHFRAUD_NEO4J_USER", "GRAPHFRAUD_NEO4J_PASSWORD"
#: A JVM that is up in a third of the processor time (for tests), and one that is fast for long.
_TRUSTING = ("-XX:+UnlockDiagnosticVMOptions", "-XX:-BytecodeVerificationRemote")  # the jars are the ones fetched
QUICK = (*_TRUSTING, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
STRONG = ("-XX:+UseParallelGC",)  # a quarter more rows a second than G1 on two cores
_OPENS = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
#: Ends the server when the process that started it is gone: then the pipe to the guard closes.
_GUARD = "import os, signal, sys; sys.stdin.read(); os.kill(int(sys.argv[1]), signal.SIGKILL)"
_HELLO = bytes.fromhex("6060b017") + bytes.fromhex("00000405") + bytes(12)  # the first bytes of a Bolt client


class ServerError(Exception):
    """The server cannot be had; the message says why and what to install or read."""


def check() -> None:
    """Raises ServerError naming the package where Java 17 or 21 or Maven is missing. Takes a fraction of a second."""
    java, maven = shutil.which("java"), shutil.which("mvn")
    if java is None or maven is None:
        lacking = " and ".join(n for n, found in (("Java", java), ("Maven", maven)) if found is None)
        raise ServerError(f"{lacking} not found: the tests and `make neo4j` run a real Neo4j server. Try: {PACKAGES}")
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', told)
    if found is None or int(found.group(1)) not in JAVAS:
        has = found.group(1) if found else "of an unknown version"
        raise ServerError(f"Java {has} is in use; the Neo4j server needs 17 or 21. Try: {PACKAGES}")


def fetch(home: Path = HOME) -> Path:
    """The folder with the server's jars, fetched by Maven when they are not there. Raises ServerError."""
    check()
    version = re.findall(r"<version>([\d.]+)</version>", POM.read_text(encoding="utf-8"))[-1]
    lib = home / "lib" / version
    if lib.is_dir():
        return lib
    part = lib.with_name(f"{version}.{os.getpid()}.part")
    command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", "-DincludeScope=runtime"]
    done = subprocess.run([*command, f"-DoutputDirectory={part}"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServerError(f"Maven could not fetch the Neo4j server {version}:\n{done.stdout[-2000:]}")
    try:
        part.rename(lib)
    except OSError:  # somebody else was first
        shutil.rmtree(part)
    return lib


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Server:
    """A server whose data, configuration, log and process id are in `home`. Ports stay the same over restarts."""

    home: Path
    lib: Path
    heap_mb: int = 512
    page_cache_mb: int = 128
    config: Mapping[str, str] = field(default_factory=dict)  # more lines of neo4j.conf
    bolt: int = field(default_factory=free_port)
    http: int = field(default_factory=free_port)
    password: str = field(default_factory=lambda: secrets.token_urlsafe(18), repr=False)
    user: str = "neo4j"
    jvm: Sequence[str] = QUICK
    stays: bool = False  # after this process has ended, however it ends
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    guard: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def uri(self) -> str:
        return f"bolt://127.0.0.1:{self.bolt}"

    @property
    def environment(self) -> dict[str, str]:
        return {URI: self.uri, USER: self.user, PASSWORD: self.password}

    @property
    def pid_file(self) -> Path:
        return self.home / "server.pid"

    def start(self, **config: str) -> Server:
        """Start and wait until Bolt answers; `config` is for this start only. Raises ServerError."""
        first = not (self.home / "data" / "databases" / "system").exists()
        self._configure(config)
        with (self.home / "server.log").open("ab") as log:
            heap = (f"-Xms{self.heap_mb}m", f"-Xmx{self.heap_mb}m")
            places = (f"--home-dir={self.home}", f"--config-dir={self.home / 'conf'}")
            self.process = subprocess.Popen(
                [*self._java("org.neo4j.server.CommunityEntryPoint", *heap), *places],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.pid_file.write_text(str(self.process.pid), encoding="ascii")
        if not self.stays:
            guard = [sys.executable, "-c", _GUARD, str(self.process.pid)]
            self.guard = subprocess.Popen(guard, stdin=subprocess.PIPE, start_new_session=True)
        self._wait()
        if first:
            self._set_password()
        return self

    def stop(self) -> None:
        """Stop in good order and wait."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill −9, as a power cut would."""
        self._end(signal.SIGKILL)

    def restart(self, **config: str) -> Server:
        self.stop()
        return self.start(**config)

    def admin(self, *arguments: str) -> str:
        """Run `neo4j-admin` with these arguments (server stopped for an import); its output. Raises ServerError."""
        return self._said([*self._java("org.neo4j.cli.AdminTool"), *arguments])

    def fill(self, files: Path, memory_mb: int = 1024) -> str:
        """Import the files of `graphfraud export neo4j-admin` into a server that was never started; what was said.

        Raises ServerError.
        """
        (self.home / "conf").mkdir(parents=True, exist_ok=True)
        return self._said(["sh", str(files / "import.sh"), *self._java("org.neo4j.cli.AdminTool", f"-Xmx{memory_mb}m")])

    def _said(self, command: Sequence[str]) -> str:
        places = {"NEO4J_HOME": str(self.home), "NEO4J_CONF": str(self.home / "conf")}
        done = subprocess.run(command, env=os.environ | places, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ServerError(f"neo4j-admin failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def _java(self, main: str, *options: str) -> list[str]:
        opens = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENS]
        system = [*self.jvm, "-Dlog4j2.disable.jmx=true", "-Dfile.encoding=UTF-8"]
        return ["java", "-cp", f"{self.lib}/*", *options, *system, *opens, main]

    def _configure(self, more: Mapping[str, str]) -> None:
        (self.home / "conf").mkdir(parents=True, exist_ok=True)
        settings = {
            "server.default_listen_address": "127.0.0.1",
            "server.bolt.listen_address": f"127.0.0.1:{self.bolt}",
            "server.http.listen_address": f"127.0.0.1:{self.http}",
            "server.memory.pagecache.size": f"{self.page_cache_mb}m",
            "dbms.usage_report.enabled": "false",
            "internal.dbms.bolt.netty_server_shutdown_quiet_period": "0",  # else a stop waits 10 s for nobody
            **self.config,
            **more,
        }
        text = "".join(f"{key}={value}\n" for key, value in settings.items())
        (self.home / "conf" / "neo4j.conf").write_text(text, encoding="utf-8")

    def _wait(self) -> None:
        assert self.process is not None
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            if answers(self.bolt):
                return
            time.sleep(0.1)
        tail = (self.home / "server.log").read_text(encoding="utf-8", errors="replace")[-2000:]
        self.kill()
        raise ServerError(f"the Neo4j server did not start; the end of {self.home / 'server.log'}:\n{tail}")

    def _set_password(self) -> None:
        from neo4j import GraphDatabase  # only here: `check` runs before anything is installed

        statement = "ALTER CURRENT USER SET PASSWORD FROM $old TO $new"
        with (
            GraphDatabase.driver(self.uri, auth=(self.user, "neo4j")) as driver,
            driver.session(database="system") as s,
        ):
            s.run(statement, old="neo4j", new=self.password).consume()

    def _end(self, how: signal.Signals) -> None:
        if self.guard is not None:
            self.guard.kill()
            self.guard.communicate()
            self.guard = None
        if self.process is not None:
            self.process.send_signal(how)
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
        self.pid_file.unlink(missing_ok=True)


def answers(port: int) -> bool:
    """Whether a Bolt server listens there."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
            line.sendall(_HELLO)
            return len(line.recv(4)) == 4
    except OSError:
        return False


def start(home: Path = HOME) -> int:
    """`make neo4j`: a server that stays, its address and password in env."""
    pid, env = home / "data-server" / "server.pid", home / "env"
    if pid.exists() and _alive(int(pid.read_text(encoding="ascii"))):
        print(f"a server is running already: `source {env}`; `make neo4j-stop` stops it")
        return 0
    print("fetching and starting Neo4j: about half a minute the first time")
    server = Server(home / "data-server", fetch(), heap_mb=1024, page_cache_mb=512, jvm=STRONG, stays=True)
    known = _read_env(env)
    if known and server.home.exists():
        server.password, server.bolt = known[PASSWORD], int(known[URI].rpartition(":")[2])
    _write_env(env, server.environment)
    server.start()
    print(f"Neo4j answers at {server.uri}, Browser at http://127.0.0.1:{server.http}, user {server.user}")
    print(f"  source {env}       sets {URI}, {USER}, {PASSWORD}")
    print("  make neo4j-stop    stops it; its data stays in .neo4j/data-server")
    return 0


def stop(home: Path = HOME) -> int:
    """`make neo4j-stop`."""
    file = home / "data-server" / "server.pid"
    if not file.exists() or not _alive(pid := int(file.read_text(encoding="ascii"))):
        print("no server of `make neo4j` is running")
        return 0
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + STOP_S
    while _alive(pid) and time.monotonic() < end:
        time.sleep(0.1)
    file.unlink(missing_ok=True)
    print("stopped; `make neo4j` starts it again with its data")
    return 0


def _alive(pid: int) -> bool:
    """Whether this process is a Neo4j server (a process id can be given to another program later)."""
    try:
        return b"neo4j" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _write_env(file: Path, values: Mapping[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.writelines(f"export {key}={value}\n" for key, value in values.items())


def _read_env(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    lines = file.read_text(encoding="utf-8").splitlines()
    return dict(line.removeprefix("export ").split("=", 1) for line in lines)


def main(arguments: Sequence[str]) -> int:
    commands = {"check": lambda: check() or 0, "start": start, "stop": stop}
    if len(arguments) != 1 or arguments[0] not in commands:
        print(f"usage: neo4j_server.py {'|'.join(commands)}", file=sys.stderr)
        return 2
    try:
        return commands[arguments[0]]()
    except ServerError as exc:
        print(exc, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
