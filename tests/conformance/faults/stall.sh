#!/bin/bash
# A log dir whose file system is frozen: stall.py with the Python packages that it wants. Needs root, for the file system.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$HERE/../fetch.sh"; log4j
export CONF_CACHE=$CACHE
[ "$(id -u)" = 0 ] || { echo "a file system is frozen as root" >&2; exit 1; }
jars k391 && power || exit 1
exec "$CACHE/py-power/bin/python" "$HERE/stall.py" --rkafka "${RKAFKA:?}" "$@"
