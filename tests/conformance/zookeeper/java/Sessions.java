import static org.apache.zookeeper.CreateMode.*;
import static org.apache.zookeeper.ZooDefs.Ids.OPEN_ACL_UNSAFE;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.KeeperException.ConnectionLossException;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper.States;
import org.apache.zookeeper.ZooKeeper;

/** Sessions: how they begin, move, are found again with their watches, expire and end. Connections are cut by {@link Link}. */
final class Sessions {
    private static final int TIMEOUT_MS = 10_000;
    private final Judge judge;
    private final String server;
    private final ZooKeeper zk;
    private final String base = "/sessions-" + System.nanoTime();

    Sessions(Judge judge, String server) throws Exception {
        this.judge = judge;
        this.server = server;
        zk = connect(server);
        zk.create(base, null, OPEN_ACL_UNSAFE, PERSISTENT);
    }

    static ZooKeeper connect(String server) throws Exception { return connect(server, event -> { }); }

    static ZooKeeper connect(String server, Watcher events) throws Exception { return connected(server, TIMEOUT_MS, events, null); }

    /** A session that is there; of an earlier one when that is given. */
    private static ZooKeeper connected(String server, int timeoutMs, Watcher events, ZooKeeper earlier) throws Exception {
        CountDownLatch up = new CountDownLatch(1);
        Watcher watcher = event -> {
            if (event.getState() == KeeperState.SyncConnected || event.getState() == KeeperState.Expired) up.countDown();
            events.process(event);
        };
        ZooKeeper zk = earlier == null ? new ZooKeeper(server, timeoutMs, watcher) : new ZooKeeper(server, timeoutMs, watcher, earlier.getSessionId(), earlier.getSessionPasswd());
        Judge.yes(up.await(30, TimeUnit.SECONDS), "a session begins");
        return zk;
    }

    private String at(String name) { return base + "/" + name; }

    private void make(ZooKeeper zk, String name) throws Exception { zk.create(at(name), null, OPEN_ACL_UNSAFE, PERSISTENT); }

    void all() throws Exception {
        judge.check("timeouts are kept within the server's bounds", () -> {
            for (int[] t : new int[][] {{2_000, 4_000}, {7_000, 7_000}, {1_000_000, 40_000}}) {
                ZooKeeper other = connected(server, t[0], e -> { }, null);
                Judge.same(t[1], other.getSessionTimeout());
                other.close();
            }
        });
        judge.check("a close takes the ephemerals with it, seen by watches", () -> {
            ZooKeeper other = connect(server);
            other.create(at("closed"), null, OPEN_ACL_UNSAFE, EPHEMERAL);
            Events events = new Events();
            zk.exists(at("closed"), events);
            other.close();
            events.expect("NodeDeleted " + at("closed"));
            Judge.same(Code.SESSIONEXPIRED, Judge.code(() -> other.exists("/", false)));
        });
        judge.check("a session moves to whoever knows its password", () -> {
            Events heard = new Events(true);
            Link link = new Link(server);
            ZooKeeper first = connect(link.address(), heard);
            heard.expect("SyncConnected");
            first.create(at("moved"), null, OPEN_ACL_UNSAFE, EPHEMERAL);
            link.cut();
            heard.expect("Disconnected");
            ZooKeeper second = connected(server, TIMEOUT_MS, e -> { }, first);
            Judge.same(first.getSessionId(), second.getSessionId());
            Judge.same(second.getSessionId(), second.exists(at("moved"), false).getEphemeralOwner());
            second.close();
            Judge.same(null, zk.exists(at("moved"), false));
            link.mend();
            heard.expect("Expired");
            first.close();
            link.close();
        });
        judge.check("a wrong password gets no session", () -> {
            ZooKeeper mine = connect(server);
            CountDownLatch expired = new CountDownLatch(1);
            ZooKeeper thief = new ZooKeeper(server, TIMEOUT_MS, e -> { if (e.getState() == KeeperState.Expired) expired.countDown(); }, mine.getSessionId(), new byte[16]);
            Judge.yes(expired.await(20, TimeUnit.SECONDS), "it is told");
            thief.close();
            // The attempt may have cost the owner its connection, not its session.
            Judge.until("the owner goes on", () -> { try { return mine.exists(base, false) != null; } catch (ConnectionLossException e) { return false; } });
            mine.close();
        });
        judge.check("a session that ended is not found again", () -> {
            ZooKeeper ended = connect(server);
            ended.close();
            ZooKeeper again = connected(server, TIMEOUT_MS, e -> { }, ended);
            Judge.same(Code.SESSIONEXPIRED, Judge.code(() -> again.exists("/", false)));
            again.close();
        });
        judge.check("after a lost connection the session and its watches are there", () -> reconnect(false));
        judge.check("what happened meanwhile is told after the reconnect", () -> reconnect(true));
        judge.check("thousands of watches survive a reconnect", () -> {
            try (Link link = new Link(server)) {
                make(zk, "many");
                Events events = new Events();
                ZooKeeper far = connect(link.address());
                for (int i = 0; i < 3000; i++) far.exists(at("many/a-rather-long-name-so-that-the-requests-to-set-them-again-must-be-split-" + i), events, (rc, p, c, s) -> { }, null);
                far.exists("/", false);
                link.drop();
                Judge.until("it is back", () -> { try { return far.exists("/", false) != null; } catch (Exception e) { return false; } });
                for (int i = 0; i < 3000; i++) make(zk, "many/a-rather-long-name-so-that-the-requests-to-set-them-again-must-be-split-" + i);
                for (int i = 0; i < 3000; i++) events.expect("NodeCreated " + at("many/a-rather-long-name-so-that-the-requests-to-set-them-again-must-be-split-" + i));
                far.close();
            }
        });
        judge.check("writes go on in order through cuts of the connection", () -> {
            try (Link link = new Link(server)) {
                make(zk, "cuts");
                ZooKeeper far = connect(link.address());
                List<String> made = new ArrayList<>();
                for (int i = 0; i < 400; i++) {
                    if (i % 50 == 25) link.drop();
                    try { made.add(far.create(at("cuts/n-"), null, OPEN_ACL_UNSAFE, EPHEMERAL_SEQUENTIAL)); }
                    catch (ConnectionLossException e) { Judge.until("back", () -> far.getState() == States.CONNECTED); }
                }
                List<String> sorted = new ArrayList<>(made);
                sorted.sort(null);
                Judge.same(sorted, made);
                Judge.yes(zk.getChildren(at("cuts"), false).size() >= made.size(), "all are there");
                far.close();
                Judge.same(0, zk.getChildren(at("cuts"), false).size());
            }
        });
        judge.check("a silent session expires after its timeout, not before", () -> {
            try (Link link = new Link(server)) {
                Events heard = new Events(true);
                ZooKeeper far = connected(link.address(), 4_000, heard, null);
                far.create(at("silent"), null, OPEN_ACL_UNSAFE, EPHEMERAL);
                Events events = new Events();
                zk.exists(at("silent"), events);
                long start = System.nanoTime();
                link.cut();
                events.expect("NodeDeleted " + at("silent"));
                double seconds = (System.nanoTime() - start) / 1e9;
                Judge.yes(seconds > 2 && seconds < 8.5, "4 s and a tick at most, was " + seconds);
                link.mend();
                heard.skipTo("Expired");
                Judge.same(Code.SESSIONEXPIRED, Judge.code(() -> far.exists("/", false)));
                far.close();
            }
        });
        judge.check("an idle session lives", () -> {
            ZooKeeper idle = connected(server, 4_000, e -> { }, null);
            idle.create(at("idle"), null, OPEN_ACL_UNSAFE, EPHEMERAL);
            Thread.sleep(9_000);
            Judge.yes(idle.exists(at("idle"), false) != null, "it pings");
            idle.close();
        });
        judge.check("a client that takes a read-only server gets the real one", () -> {
            CountDownLatch up = new CountDownLatch(1);
            ZooKeeper other = new ZooKeeper(server, TIMEOUT_MS, e -> { if (e.getState() == KeeperState.SyncConnected) up.countDown(); }, true);
            Judge.yes(up.await(20, TimeUnit.SECONDS), "it connects");
            Judge.same(States.CONNECTED, other.getState());
            make(other, "read-only-not");
            other.close();
        });
        judge.check("many sessions come and go", () -> {
            List<ZooKeeper> sessions = new ArrayList<>();
            make(zk, "crowd");
            for (int i = 0; i < 60; i++) sessions.add(connect(server));
            for (ZooKeeper s : sessions) s.create(at("crowd/s-"), null, OPEN_ACL_UNSAFE, EPHEMERAL_SEQUENTIAL, (rc, p, c, n) -> { }, null);
            Judge.until("all are there", () -> zk.getChildren(at("crowd"), false).size() == 60);
            for (ZooKeeper s : sessions) s.close();
            Judge.same(0, zk.getChildren(at("crowd"), false).size());
        });
        zk.close();
    }

    /** Watches of every kind, a cut, the same changes while away or after; the same events in the end. */
    private void reconnect(boolean away) throws Exception {
        String root = "re-" + away;
        make(zk, root);
        for (String name : List.of("data", "child", "gone", "persistent", "recursive")) make(zk, root + "/" + name);
        try (Link link = new Link(server)) {
            Events session = new Events(true);
            ZooKeeper far = connect(link.address(), session);
            session.expect("SyncConnected");
            Events data = new Events(), child = new Events(), gone = new Events(), made = new Events(), persistent = new Events(), recursive = new Events();
            far.getData(at(root + "/data"), data, null);
            far.getChildren(at(root + "/child"), child);
            far.getData(at(root + "/gone"), gone, null);
            far.exists(at(root + "/made"), made);
            far.addWatch(at(root + "/persistent"), persistent, AddWatchMode.PERSISTENT);
            far.addWatch(at(root + "/recursive"), recursive, AddWatchMode.PERSISTENT_RECURSIVE);
            link.cut();
            session.expect("Disconnected");
            if (away) change(root);
            link.mend();
            session.expect("SyncConnected");
            far.exists("/", false);
            if (!away) change(root);
            data.expect("NodeDataChanged " + at(root + "/data"));
            child.expect("NodeChildrenChanged " + at(root + "/child"));
            gone.expect("NodeDeleted " + at(root + "/gone"));
            made.expect("NodeCreated " + at(root + "/made"));
            if (!away) {
                persistent.expect("NodeDataChanged " + at(root + "/persistent"), "NodeChildrenChanged " + at(root + "/persistent"));
                recursive.expect("NodeCreated " + at(root + "/recursive/x"));
            }
            zk.setData(at(root + "/persistent"), Client.X, -1);
            zk.setData(at(root + "/recursive/x"), Client.X, -1);
            persistent.expect("NodeDataChanged " + at(root + "/persistent"));
            recursive.skipTo("NodeDataChanged " + at(root + "/recursive/x"));
            far.close();
        }
    }

    private void change(String root) throws Exception {
        zk.setData(at(root + "/data"), Client.X, -1);
        make(zk, root + "/child/c");
        zk.delete(at(root + "/gone"), -1);
        make(zk, root + "/made");
        zk.setData(at(root + "/persistent"), Client.X, -1);
        make(zk, root + "/persistent/c");
        make(zk, root + "/recursive/x");
    }
}
