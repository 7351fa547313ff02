#!/bin/bash
# Power cuts under our servers: powercut.py with the Python packages that it wants. Needs root, and a kernel with FUSE.
# Without --seed a random one, which the output names.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$HERE/../fetch.sh"; log4j
export CONF_CACHE=$CACHE
[ -w /dev/fuse ] || { echo "/dev/fuse cannot be opened: power cuts are judged as root on a kernel with FUSE" >&2; exit 1; }
jars k391 && power || exit 1
seed=$(( RANDOM * 32768 + RANDOM ))
echo "seed $seed, unless one is given: $*"
exec "$CACHE/py-power/bin/python" "$HERE/powercut.py" --rkafka "${RKAFKA:?}" --seed $seed "$@"
