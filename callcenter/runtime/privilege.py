"""PostgreSQL refuses to run as root: how to start it all the same. Standard library only."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Unprivileged:
    """`prefix` goes before a command line; `uid` must own the files if it is not None."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None


class NoUnprivilegedUser(Exception):
    """Neither a user namespace nor a change of user is possible here."""


@cache
def unprivileged() -> Unprivileged:
    """As an ordinary user: nothing to do. As root: a user namespace in which root's own files
    belong to an ordinary user (so that a checkout under a closed /root works too), else, where
    namespaces are forbidden, the user `postgres` or `nobody`.
    """
    if os.geteuid() != 0:
        return Unprivileged()
    namespace = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
    if not os.environ.get("HELIN_NO_USER_NAMESPACE") and _works((*namespace, "true")):
        return Unprivileged(namespace)
    account = _account()
    change = (
        "setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups",
        "--pdeathsig", "INT", "--",
    )  # fmt: skip
    if _works((*change, "true")):
        return Unprivileged(change, account.pw_uid)
    raise NoUnprivilegedUser(
        "PostgreSQL does not run as root, and neither `unshare --user` nor `setpriv` works here. "
        "Start as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own."
    )


def _account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwuid(65534)


def _works(command: tuple[str, ...]) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0
