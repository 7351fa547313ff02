#!/bin/bash
# kazoo 2.11.0's own test suite (PyPI wheel ships kazoo/tests) against an external server. ZK=host:port
. "$(dirname "$0")/lib.sh"; LOG=$LOGS/$SUITE.txt
V=$CACHE/py-kazoo
[ -x $V/bin/pytest ] || { python3 -m venv $V; timeout 200 $V/bin/pip -q install kazoo==2.11.0 pytest pytest-timeout objgraph pure-sasl mock pyopenssl pyjks; }
T=$($V/bin/python -c 'import kazoo,os;print(os.path.dirname(kazoo.__file__))')/tests
# left out by default: test_build (checks env only), sasl/gssapi and TLS tests (need server-side JAAS/keystores)
# These fail against Apache ZooKeeper 3.8.4 as a standalone server too (no ensemble to reconfigure, no read-only mode,
# no SASL users): run with KNOWN= to see.
KNOWN=${KNOWN-test_client.py::TestReconfig::test_add_remove_observer test_client.py::TestReconfig::test_bad_input test_client.py::TestReconfig::test_no_super_auth test_connection.py::TestReadOnlyMode::test_read_only test_sasl.py::TestLegacySASLDigestAuthentication::test_connect_sasl_auth test_sasl.py::TestSASLDigestAuthentication::test_connect_sasl_auth}
for t in $KNOWN; do ARGS="$ARGS --deselect ${T#$CACHE/}/$t"; done
cd $CACHE; ZK=$ZK ZOOKEEPER_VERSION=${ZKVER:-3.8.4} PYTHONPATH=$HERE timeout ${LIMIT:-900} $V/bin/python -m pytest --junitxml=$LOG.xml -p kazoo_external -p no:cacheprovider --timeout ${TT:-60} -q -rfEs --deselect "$T/test_build.py" ${ARGS} $T > $LOG 2>&1
closing $(jsum $LOG.xml)
