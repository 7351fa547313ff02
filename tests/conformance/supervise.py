"""usage: supervise.py SECONDS COMMAND…: runs one suite, and leaves nothing of it behind.

The command gets SIGTERM after so many seconds, or when this process gets one, and a while to end its servers. Whatever it
started, in whatever session, and did not end, is ended by its pid: orphans become children of this process. WORK/result.json
says how it went: exit status, seconds, seconds of CPU of it and all that it started, and why it was ended, if it was."""
import ctypes, json, os, pathlib, resource, signal, subprocess, sys, time

GRACE_S = 30
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def processes():
    """pid -> (parent, session, name) of all there are"""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            text = pathlib.Path(f"/proc/{pid}/stat").read_text(errors="replace")
        except OSError:
            continue
        name, rest = text[text.index("(") + 1:text.rindex(")")], text[text.rindex(")") + 2:].split()
        if rest[0] != "Z":
            found[int(pid)] = int(rest[1]), int(rest[3]), name
    return found


def descendants():
    table = processes()
    ours, more = set(), {os.getpid()}
    while more:
        ours |= more
        more = {pid for pid, (parent, _, _) in table.items() if parent in ours} - ours
    return {pid: table[pid] for pid in ours - {os.getpid()} if pid in table}


def send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


class Supervisor:
    def __init__(self, command):
        self.why, self.status, self.began = None, None, time.monotonic()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)

    def reap(self):
        """Takes leave of every child that has ended; False when there is none left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self.process.pid:
                self.status = self.process.returncode = os.waitstatus_to_exitcode(status)

    def wait(self, seconds):
        """Until the suite has ended, or so long; also when it is to be ended before."""
        end, why = time.monotonic() + seconds, self.why
        while self.reap() and self.status is None and self.why == why and time.monotonic() < end:
            time.sleep(0.05)

    def end_suite(self, why):
        """SIGTERM for the suite's scripts; servers in sessions of their own are the scripts' to end."""
        self.why = why
        print(f"ended by force: {why}", flush=True)
        for pid, (_, session, _) in descendants().items():
            if session == self.process.pid:
                send(pid, signal.SIGTERM)
        self.wait(GRACE_S)

    def end_rest(self):
        first = True
        while self.reap():
            for pid, (_, _, name) in descendants().items():
                if first and not self.why:
                    print(f"  -- left behind, and ended: {pid} ({name})", flush=True)
                send(pid, signal.SIGKILL)
            first = False
            time.sleep(0.05)

    def result(self):
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {"status": self.status, "why": self.why, "seconds": round(time.monotonic() - self.began, 1), "cpu": round(used.ru_utime + used.ru_stime, 1)}


def unmount(folder):
    """A file system whose process was killed stays mounted."""
    for line in pathlib.Path("/proc/mounts").read_text().splitlines():
        where = line.split()[1]
        if where.startswith(f"{folder}/"):
            subprocess.run(["umount", "-l", where], check=False)


def main(limit, *command):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    suite = Supervisor(command)
    asked = []
    signal.signal(signal.SIGTERM, lambda *_: asked.append(True))
    end = suite.began + float(limit)
    while suite.status is None and not asked and time.monotonic() < end:
        suite.wait(0.2)
    if suite.status is None:
        suite.end_suite("the run was ended" if asked else f"it ran longer than its limit of {limit} s")
    suite.end_rest()
    unmount(os.environ["WORK"])
    (pathlib.Path(os.environ["WORK"]) / "result.json").write_text(json.dumps(suite.result()))


if __name__ == "__main__":
    main(*sys.argv[1:])
