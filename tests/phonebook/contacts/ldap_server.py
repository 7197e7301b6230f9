"""An LDAP server with three people, as a process of its own: prints its port."""

from __future__ import annotations

import io
from typing import Any

from ldaptor.inmemory import fromLDIFFile
from ldaptor.interfaces import IConnectedLDAPEntry
from ldaptor.protocols.ldap.ldapserver import LDAPServer
from twisted.internet import reactor
from twisted.internet.protocol import ServerFactory
from twisted.python.components import registerAdapter

LDIF = b"""\
dn: dc=example,dc=com
objectClass: dcObject
dc: example

dn: ou=people,dc=example,dc=com
objectClass: organizationalUnit
ou: people

dn: uid=mari,ou=people,dc=example,dc=com
objectClass: inetOrgPerson
uid: mari
cn: Mari Tamm
sn: Tamm
o: Puit
mail: mari@example.com
telephoneNumber: +372 600 1234
mobile: 5551 2345
userPassword: secret

dn: uid=jyri,ou=people,dc=example,dc=com
objectClass: inetOrgPerson
uid: jyri
cn:: SsO8cmkgTcOkZ2k=
sn:: TcOkZ2k=
telephoneNumber: 600 1235

dn: uid=nobody,ou=people,dc=example,dc=com
objectClass: inetOrgPerson
uid: nobody
cn: Without a number
sn: Number

"""


class Factory(ServerFactory):
    protocol: Any = LDAPServer

    def __init__(self, root: Any) -> None:
        self.root = root

    def buildProtocol(self, addr: Any) -> Any:
        protocol = self.protocol()
        protocol.debug = False
        protocol.factory = self
        return protocol


def main() -> None:
    def listen(root: Any) -> None:
        register: Any = registerAdapter
        register(lambda factory: factory.root, Factory, IConnectedLDAPEntry)
        port: Any = reactor
        where = port.listenTCP(0, Factory(root), interface="127.0.0.1")
        print(where.getHost().port, flush=True)  # noqa: T201 - how the test learns it

    read: Any = fromLDIFFile
    read(io.BytesIO(LDIF)).addCallback(listen)
    run: Any = reactor
    run.run()


if __name__ == "__main__":
    main()
