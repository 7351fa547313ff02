"""pytest plugin: the certificates that kazoo's harness makes say that they are of version 3. They carry extensions, which
no other version has (RFC 5280, 4.1.2.1); Java takes them as they are, rustls does not."""
from OpenSSL import crypto

plain = crypto.X509.__init__


def of_version_3(self, *args, **kwargs):
    plain(self, *args, **kwargs)
    self.set_version(2)


crypto.X509.__init__ = of_version_3
