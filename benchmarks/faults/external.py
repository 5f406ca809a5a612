"""A server of the system's own packages, reached by TLS: python -m benchmarks.faults.external

Needs Debian's postgresql (any version from 14 on) and openssl. Each round makes a cluster with a
certificate of an authority of its own, and uses it as a person would: with the right authority and
with a wrong one, without TLS, and with a password from a pgpass file.
"""

from __future__ import annotations

import argparse
import os
import pwd
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.ports import free_port

PASSWORD = "s3cret of a round"
SERVERS = Path("/usr/lib/postgresql")
CERTIFICATE = ["openssl", "req", "-new", "-x509", "-days", "2", "-nodes", "-subj", "/CN=localhost"]
NAMED = ("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
HBA = "hostssl all all 127.0.0.1/32 scram-sha-256\n"


class Cluster:
    """A cluster in a directory of its own, run as the system's `postgres` by root."""

    def __init__(self, programs: Path, place: Path) -> None:
        self.programs, self.place, self.port = programs, place, free_port()
        self.data, self.authority = place / "data", place / "data/server.crt"
        self._user = "postgres" if os.geteuid() == 0 else None

    def make(self) -> None:
        if self._user is not None:
            os.chown(self.place, pwd.getpwnam(self._user).pw_uid, -1)
        self.place.chmod(0o755)
        secret = self.place / "secret"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        options = ["-U", "genie", f"--pwfile={secret}", "-A", "scram-sha-256", "-E", "UTF8", "-N"]
        self._run(self.programs / "initdb", "-D", self.data, *options)
        self.certify(self.data / "server")
        (self.data / "pg_hba.conf").write_text(HBA)
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(f"ssl = on\nport = {self.port}\nunix_socket_directories = ''\n")

    def certify(self, name: Path) -> Path:
        """A certificate that vouches for itself."""
        out = ["-keyout", f"{name}.key", "-out", f"{name}.crt"]
        self._run(*CERTIFICATE, *NAMED, *out)
        return Path(f"{name}.crt")

    def control(self, verb: str) -> None:
        how = ["-l", self.place / "log"] if verb == "start" else ["-m", "fast"]
        self._run(self.programs / "pg_ctl", "-D", self.data, "-w", "-s", *how, verb)

    def _run(self, *command: object) -> None:
        subprocess.run(
            [str(word) for word in command],
            user=self._user,
            cwd=self.place,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def genie(home: Path, dsn: str, *command: str) -> subprocess.CompletedProcess[str]:
    """A command as a person runs it; the password comes from the home's pgpass file."""
    environment = {**os.environ, "GENIE_DATABASE_URL": dsn, "PGPASSFILE": str(home / "pgpass")}
    program = [sys.executable, "-m", "genie_tui", "--home", str(home / "genie")]
    return subprocess.run(
        [*program, *command], env=environment, capture_output=True, text=True, check=False
    )


def faults(cluster: Cluster, home: Path) -> list[str]:
    """What went otherwise than it has to."""
    passwords = home / "pgpass"
    passwords.write_text(f"localhost:{cluster.port}:*:genie:{PASSWORD}\n")
    passwords.chmod(0o600)
    right = home / "right.crt"
    right.write_bytes(cluster.authority.read_bytes())
    wrong = cluster.certify(cluster.place / "wrong")
    at = f"host=localhost hostaddr=127.0.0.1 port={cluster.port} dbname=postgres user=genie"
    proven = f"{at} sslmode=verify-full sslrootcert={right}"
    expected = [
        (proven, ("db", "migrate"), 0, "tui_001_changes"),
        (proven, ("task", "create", "Over TLS"), 0, ""),
        (proven, ("task", "list"), 0, "Over TLS"),
        (proven, ("db", "status"), 0, "external"),
        (f"{at} sslmode=require", ("task", "list"), 0, "Over TLS"),
        (f"{at} sslmode=verify-full sslrootcert={wrong}", ("task", "list"), 5, "certificate"),
        (f"{at} sslmode=disable", ("task", "list"), 5, "pg_hba.conf"),
        (f"{proven} password=wrong", ("task", "list"), 5, "authentication"),
    ]
    found = []
    for dsn, command, code, said in expected:
        done = genie(home, dsn, *command)
        text = done.stdout + done.stderr
        if done.returncode != code or said not in text or PASSWORD in text or "Traceback" in text:
            found.append(f"{dsn} {' '.join(command)}: {done.returncode}, {text.strip()}")
    return found


def main() -> int:
    """Some rounds on each version that is installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    rounds = parser.parse_args().rounds
    versions = [path for path in sorted(SERVERS.glob("*/bin")) if (path / "initdb").exists()]
    if not versions:
        sys.exit("no server is installed: apt-get install postgresql")
    wrong = 0
    for programs in versions * rounds:
        with tempfile.TemporaryDirectory() as place, tempfile.TemporaryDirectory() as home:
            cluster = Cluster(programs, Path(place))
            cluster.make()
            cluster.control("start")
            try:
                found = faults(cluster, Path(home))
            finally:
                cluster.control("stop")
        wrong += len(found)
        print(f"PostgreSQL {programs.parent.name}: {len(found)} faults", *found, sep="\n  ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
