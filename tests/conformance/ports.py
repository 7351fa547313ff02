"""Ports for servers, below those that the kernel hands out to clients: nobody's connection takes one between two uses, and a
server that was killed gets its own back. `ports.py N` prints N of them, `ports.py N block` the first of N in a row.

CONF_PORTS=LOW-HIGH is the range to take from. CONF_PORTS_TAKEN names a file that says which of it comes next: whoever shares
that file is never given a port twice, until the range has been gone through. Without the file the choice is random."""
import fcntl, os, random, socket, sys

USED = set()


def bounds():
    # The ports of clients are above.
    low, high = (int(x) for x in os.environ.get("CONF_PORTS", "22000-32000").split("-"))
    return low, high


def is_free(port):
    with socket.socket() as s:
        try:
            s.bind(("0.0.0.0", port))
            return True
        except OSError:
            return False


def candidate(low, high, size):
    """The first of `size` ports to try: the next of the file, or any."""
    name = os.environ.get("CONF_PORTS_TAKEN")
    if not name:
        return random.randrange(low, high - size + 1)
    with open(name, "a+") as taken:
        fcntl.flock(taken, fcntl.LOCK_EX)
        taken.seek(0)
        port = int(taken.read() or low)
        port = port if port + size <= high else low
        taken.truncate(0)
        taken.write(str(port + size))
        return port


def free_block(size):
    """The first of `size` ports in a row that were free a moment ago."""
    low, high = bounds()
    for _ in range(100 * (high - low)):
        first = candidate(low, high, size)
        block = range(first, first + size)
        if USED.isdisjoint(block) and all(map(is_free, block)):
            if "CONF_PORTS_TAKEN" not in os.environ:
                USED.update(block)
            return first
    raise OSError(f"no {size} free ports in a row in {low}-{high}")


def free_port():
    return free_block(1)


if __name__ == "__main__":
    count = int(sys.argv[1])
    print(*([free_block(count)] if sys.argv[2:] == ["block"] else [free_port() for _ in range(count)]))
