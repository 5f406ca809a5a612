"""PgBouncer in transaction mode in front of a server: Debian's package, as it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from tests.ports import free_port
from tests.waiting import wait_until

__all__ = ["pooled"]

CONFIG = """
[databases]
{database} = host={host} port={server} user={user} password={password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {size}
logfile = {place}/log
"""


@contextmanager
def pooled(dsn: str, *, size: int = 2) -> Iterator[str]:
    """The address of a database through a pooler that has `size` connections to it."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "pgbouncer is missing: apt-get install pgbouncer (or brew install pgbouncer)"
    at = conninfo_to_dict(dsn)
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="genie-pooler-") as name:
        place = Path(name)
        place.chmod(0o777)
        file = place / "pgbouncer.ini"
        file.write_text(
            CONFIG.format(
                database=at["dbname"],
                host=at["host"],
                server=at["port"],
                user=at["user"],
                password=at["password"],
                port=port,
                size=size,
                place=place,
            )
        )
        # It refuses to be root.
        who = ["-u", "nobody"] if os.geteuid() == 0 else []
        with subprocess.Popen([program, "-q", *who, str(file)]) as running:
            try:
                wait_until(lambda: _listens(place))
                yield f"postgresql://{at['user']}:anything@127.0.0.1:{port}/{at['dbname']}"
            finally:
                running.kill()


def _listens(place: Path) -> bool:
    log = place / "log"
    return log.exists() and "process up" in log.read_text()
