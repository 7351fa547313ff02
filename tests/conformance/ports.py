"""Ports for servers, below those that the kernel hands out to clients: nobody's connection takes one between two uses, and a
server that was killed gets its own back. `ports.py N` prints N of them. CONF_PORTS=LOW-HIGH chooses others."""
import os, random, socket, sys

USED = set()


def free_port():
    # kazoo's own servers are below, the ports of clients above.
    low, high = (int(x) for x in os.environ.get("CONF_PORTS", "22000-32000").split("-"))
    while True:
        port = random.randrange(low, high)
        if port in USED:
            continue
        USED.add(port)
        with socket.socket() as s:
            try:
                s.bind(("0.0.0.0", port))
                return port
            except OSError:
                continue


if __name__ == "__main__":
    print(*[free_port() for _ in range(int(sys.argv[1]))])
