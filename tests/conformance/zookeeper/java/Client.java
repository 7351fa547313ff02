import static org.apache.zookeeper.CreateMode.*;
import static org.apache.zookeeper.ZooDefs.Ids.*;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.Watcher.WatcherType;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.ClientInfo;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.server.auth.DigestAuthenticationProvider;

/**
 * Apache ZooKeeper's Java client as the judge of a server: every operation, its results, errors, statistics, watches.
 * usage: Client HOST:PORT
 */
public final class Client {
    static final byte[] X = {'x'};
    private final Judge judge = new Judge();
    private final String server;
    private final ZooKeeper zk;
    private final String base = "/java-" + System.nanoTime();

    private Client(String server) throws Exception {
        this.server = server;
        zk = connect();
        zk.create(base, null, OPEN_ACL_UNSAFE, PERSISTENT);
    }

    public static void main(String[] args) throws Exception {
        Client c = new Client(args[0]);
        c.nodes();
        c.statistics();
        c.errors();
        c.acls();
        c.transactions();
        c.watches();
        c.persistentWatches();
        c.pipelines();
        c.rest();
        new Sessions(c.judge, args[0]).all();
        c.judge.finish();
    }

    private ZooKeeper connect() throws Exception { return Sessions.connect(server); }

    private String at(String name) { return base + "/" + name; }

    private String make(String name) throws Exception { return zk.create(at(name), X, OPEN_ACL_UNSAFE, PERSISTENT); }

    private void nodes() throws Exception {
        judge.check("every kind of node is made and told from the others", () -> {
            make("kinds");
            Stat stat = new Stat();
            for (var mode : List.of(PERSISTENT, EPHEMERAL, CONTAINER)) {
                String path = zk.create(at("kinds/" + mode), X, OPEN_ACL_UNSAFE, mode, stat);
                Judge.same(at("kinds/" + mode), path);
                Judge.same(mode == EPHEMERAL ? zk.getSessionId() : 0, stat.getEphemeralOwner());
                Judge.same(zk.exists(path, false), stat);
            }
            Judge.same(at("kinds/s0000000003"), zk.create(at("kinds/s"), X, OPEN_ACL_UNSAFE, PERSISTENT_SEQUENTIAL));
            Judge.same(at("kinds/e0000000004"), zk.create(at("kinds/e"), X, OPEN_ACL_UNSAFE, EPHEMERAL_SEQUENTIAL));
            Judge.same(at("kinds/ttl"), zk.create(at("kinds/ttl"), X, OPEN_ACL_UNSAFE, PERSISTENT_WITH_TTL, stat, 100_000));
            Judge.same(0, stat.getEphemeralOwner());
            Judge.same(at("kinds/t0000000006"), zk.create(at("kinds/t"), X, OPEN_ACL_UNSAFE, PERSISTENT_SEQUENTIAL_WITH_TTL, stat, 100_000));
            Judge.same(7, zk.getChildren(at("kinds"), false).size());
        });
        judge.check("sequence numbers count every child ever made, and only go up", () -> {
            make("seq");
            for (int i = 0; i < 12; i++) {
                String path = zk.create(at("seq/n-"), X, OPEN_ACL_UNSAFE, PERSISTENT_SEQUENTIAL);
                Judge.same(at(String.format("seq/n-%010d", i)), path);
                zk.delete(path, 0);
            }
            zk.create(at("seq/plain"), X, OPEN_ACL_UNSAFE, PERSISTENT);
            Judge.same(at("seq/0000000013"), zk.create(at("seq") + "/", X, OPEN_ACL_UNSAFE, PERSISTENT_SEQUENTIAL));
        });
        judge.check("null and empty data stay apart", () -> {
            zk.create(at("null"), null, OPEN_ACL_UNSAFE, PERSISTENT);
            Judge.same(null, zk.getData(at("null"), false, null));
            zk.setData(at("null"), new byte[0], 0);
            Judge.same(new byte[0], zk.getData(at("null"), false, null));
            zk.setData(at("null"), null, 1);
            Stat stat = new Stat();
            Judge.same(null, zk.getData(at("null"), false, stat));
            Judge.same(0, stat.getDataLength());
        });
        judge.check("large data goes in and out; too much ends the connection", () -> {
            byte[] large = new byte[1_000_000];
            Arrays.fill(large, (byte) 7);
            zk.create(at("large"), large, OPEN_ACL_UNSAFE, PERSISTENT);
            Judge.same(large, zk.getData(at("large"), false, null));
            ZooKeeper other = connect();
            Judge.same(Code.CONNECTIONLOSS, Judge.code(() -> other.setData(at("large"), new byte[1_100_000], -1)));
            Judge.same(0, zk.exists(at("large"), false).getVersion());
            other.close();
        });
        judge.check("names in every script", () -> {
            for (String name : List.of("ü", "日本語", "sp ace", "a.b", "...", "-", "\u0400", "[x]{y}", "%41")) {
                make(name);
                Judge.same(X, zk.getData(at(name), false, null));
                Judge.yes(zk.getChildren(base, false).contains(name), name + " is listed");
            }
        });
        judge.check("a wide folder is listed whole", () -> {
            make("wide");
            for (int i = 0; i < 2000; i++) zk.create(at("wide/a-name-of-some-length-" + i), null, OPEN_ACL_UNSAFE, PERSISTENT, (rc, p, c, n) -> { }, null);
            Stat stat = new Stat();
            Judge.same(2000, new HashSet<>(zk.getChildren(at("wide"), false, stat)).size());
            Judge.same(2000, stat.getNumChildren());
            Judge.same(2000, zk.getAllChildrenNumber(at("wide")));
        });
    }

    private void statistics() throws Exception {
        judge.check("every field of the statistics", () -> {
            long before = System.currentTimeMillis();
            Stat made = new Stat();
            zk.create(at("stat"), X, OPEN_ACL_UNSAFE, PERSISTENT, made);
            Judge.same(made.getCzxid(), made.getMzxid());
            Judge.same(made.getCzxid(), made.getPzxid());
            Judge.yes(Math.abs(made.getCtime() - before) < 5_000 && made.getCtime() == made.getMtime(), "times");
            Judge.same(0, made.getVersion() + made.getCversion() + made.getAversion() + made.getNumChildren());
            Judge.same(1, made.getDataLength());
            Stat set = zk.setData(at("stat"), new byte[5], 0);
            Judge.same(1, set.getVersion());
            Judge.same(5, set.getDataLength());
            Judge.same(made.getCzxid(), set.getCzxid());
            Judge.same(made.getCzxid() + 1, set.getMzxid());
            Judge.same(made.getCzxid(), set.getPzxid());
            Judge.same(1, zk.setACL(at("stat"), OPEN_ACL_UNSAFE, 0).getAversion());
            Stat child = new Stat();
            zk.create(at("stat/a"), null, OPEN_ACL_UNSAFE, PERSISTENT, child);
            zk.create(at("stat/b"), null, OPEN_ACL_UNSAFE, PERSISTENT);
            zk.delete(at("stat/a"), -1);
            Stat now = zk.exists(at("stat"), false);
            Judge.same(3, now.getCversion());
            Judge.same(1, now.getNumChildren());
            Judge.same(child.getCzxid() + 2, now.getPzxid());
            Judge.same(set.getMzxid(), now.getMzxid());
        });
        judge.check("a write that fails uses up a zxid", () -> {
            Stat first = zk.setData(base, X, -1);
            Judge.same(Code.BADVERSION, Judge.code(() -> zk.setData(base, X, 1_000)));
            Judge.same(Code.NONODE, Judge.code(() -> zk.delete(at("none"), -1)));
            Judge.same(first.getMzxid() + 3, zk.setData(base, X, -1).getMzxid());
        });
    }

    private void errors() throws Exception {
        judge.check("each mistake has its code", () -> {
            make("err");
            make("err/child");
            zk.create(at("err/eph"), null, OPEN_ACL_UNSAFE, EPHEMERAL);
            Judge.same(Code.NODEEXISTS, Judge.code(() -> make("err")));
            Judge.same(Code.NONODE, Judge.code(() -> make("err/no/where")));
            Judge.same(Code.NOTEMPTY, Judge.code(() -> zk.delete(at("err"), -1)));
            Judge.same(Code.BADVERSION, Judge.code(() -> zk.delete(at("err/child"), 3)));
            Judge.same(Code.NOCHILDRENFOREPHEMERALS, Judge.code(() -> make("err/eph/child")));
            Judge.same(Code.NONODE, Judge.code(() -> zk.getData(at("none"), false, null)));
            Judge.same(Code.NONODE, Judge.code(() -> zk.getChildren(at("none"), false)));
            Judge.same(Code.NONODE, Judge.code(() -> zk.getACL(at("none"), new Stat())));
            Judge.same(Code.NONODE, Judge.code(() -> zk.setACL(at("none"), OPEN_ACL_UNSAFE, -1)));
            Judge.same(Code.NONODE, Judge.code(() -> zk.setData(at("none"), X, -1)));
            Judge.same(Code.NONODE, Judge.code(() -> zk.getAllChildrenNumber(at("none"))));
            Judge.same(Code.BADVERSION, Judge.code(() -> zk.setACL(at("err"), OPEN_ACL_UNSAFE, 9)));
            Judge.same(Code.INVALIDACL, Judge.code(() -> zk.create(at("err/acl"), X, acl(), PERSISTENT)));
            Judge.same(Code.INVALIDACL, Judge.code(() -> zk.create(at("err/acl"), X, CREATOR_ALL_ACL, PERSISTENT)));
            Judge.same(Code.INVALIDACL, Judge.code(() -> zk.create(at("err/acl"), X, acl(new ACL(31, new Id("nope", "x"))), PERSISTENT)));
            Judge.same(null, zk.exists(at("none"), false));
            Judge.same(Code.NOWATCHER, Judge.code(() -> zk.removeAllWatches(at("err"), WatcherType.Any, false)));
        });
        judge.check("ZooKeeper's own nodes are protected", () -> {
            Judge.same(Code.BADARGUMENTS, Judge.code(() -> zk.delete("/zookeeper", -1)));
            Judge.same(Code.BADARGUMENTS, Judge.code(() -> zk.delete("/zookeeper/quota", -1)));
            Judge.yes(new TreeSet<>(zk.getChildren("/zookeeper", false)).containsAll(List.of("config", "quota")), "both are there");
            Judge.same(Code.NOAUTH, Judge.code(() -> zk.setData("/zookeeper/config", X, -1)));
        });
    }

    private void acls() throws Exception {
        judge.check("digest users: what each permission allows", () -> {
            Id bob = new Id("digest", DigestAuthenticationProvider.generateDigest("bob:pw"));
            zk.create(at("acl"), X, acl(new ACL(31, bob), new ACL(ZooDefs.Perms.READ, ANYONE_ID_UNSAFE)), PERSISTENT);
            Judge.same(X, zk.getData(at("acl"), false, null));
            Judge.same(Code.NOAUTH, Judge.code(() -> zk.setData(at("acl"), X, -1)));
            Judge.same(Code.NOAUTH, Judge.code(() -> make("acl/child")));
            Judge.same(Code.NOAUTH, Judge.code(() -> zk.setACL(at("acl"), OPEN_ACL_UNSAFE, -1)));
            ZooKeeper asBob = connect();
            asBob.addAuthInfo("digest", "bob:pw".getBytes());
            asBob.setData(at("acl"), new byte[2], 0);
            asBob.create(at("acl/child"), X, CREATOR_ALL_ACL, PERSISTENT);
            Judge.same(acl(new ACL(31, bob)), asBob.getACL(at("acl/child"), new Stat()));
            Judge.same(Code.NOAUTH, Judge.code(() -> zk.getData(at("acl/child"), false, null)));
            Judge.same(Code.NOAUTH, Judge.code(() -> zk.exists(at("acl/child"), false)));
            Judge.same(Code.NOAUTH, Judge.code(() -> zk.getChildren(at("acl/child"), false)));
            Judge.same(Code.NOAUTH, Judge.code(() -> zk.getACL(at("acl/child"), new Stat())));
            Judge.same(Code.NOAUTH, Judge.code(() -> zk.delete(at("acl/child"), -1)));
            // Whoever may not administer sees no password hash.
            Judge.same("bob:x", zk.getACL(at("acl"), new Stat()).get(0).getId().getId());
            Judge.same(bob, asBob.getACL(at("acl"), new Stat()).get(0).getId());
            asBob.setACL(at("acl"), OPEN_ACL_UNSAFE, 0);
            zk.delete(at("acl/child"), -1);
            asBob.close();
        });
        judge.check("permissions of one kind each", () -> {
            for (int perms : new int[] {1, 2, 4, 8, 16}) {
                String path = zk.create(at("perm" + perms), X, acl(new ACL(perms, ANYONE_ID_UNSAFE)), PERSISTENT);
                expectAllowed(perms == 1, () -> zk.getData(path, false, null));
                expectAllowed(perms == 1, () -> zk.getChildren(path, false));
                expectAllowed(perms == 1, () -> zk.exists(path, false));
                expectAllowed(perms == 2, () -> zk.setData(path, X, -1));
                expectAllowed(perms == 4, () -> zk.create(path + "/c", X, OPEN_ACL_UNSAFE, PERSISTENT));
                expectAllowed(perms == 1 || perms == 16, () -> zk.getACL(path, new Stat()));
                if (perms == 4) expectAllowed(false, () -> zk.delete(path + "/c", -1));
                expectAllowed(perms == 16, () -> zk.setACL(path, OPEN_ACL_UNSAFE, -1));
            }
        });
        judge.check("ip addresses and who we are", () -> {
            zk.create(at("ip-mine"), X, acl(new ACL(31, new Id("ip", "127.0.0.0/8"))), PERSISTENT);
            zk.create(at("ip-other"), X, acl(new ACL(31, new Id("ip", "10.0.0.0/8"))), PERSISTENT);
            zk.getData(at("ip-mine"), false, null);
            Judge.same(Code.INVALIDACL, Judge.code(() -> zk.create(at("ip-6"), X, acl(new ACL(31, new Id("ip", "::1"))), PERSISTENT)));
            Judge.same(Code.NOAUTH, Judge.code(() -> zk.getData(at("ip-other"), false, null)));
            Judge.same(Code.INVALIDACL, Judge.code(() -> zk.create(at("ip-bad"), X, acl(new ACL(31, new Id("ip", "10.0.0/99"))), PERSISTENT)));
            ZooKeeper other = connect();
            other.addAuthInfo("digest", "eve:secret".getBytes());
            Set<String> schemes = new TreeSet<>();
            for (ClientInfo info : other.whoAmI()) schemes.add(info.getAuthScheme() + (info.getAuthScheme().equals("digest") ? ":" + info.getUser() : ""));
            Judge.same(new TreeSet<>(List.of("digest:eve", "ip")), schemes);
            other.close();
        });
        judge.check("an unknown scheme fails the session", () -> {
            Events events = new Events(true);
            ZooKeeper other = Sessions.connect(server, events);
            other.addAuthInfo("nonsense", X);
            events.skipTo("AuthFailed");
            Judge.same(Code.AUTHFAILED, Judge.code(() -> other.getData(base, false, null)));
            other.close();
        });
    }

    private void expectAllowed(boolean allowed, Judge.Check check) throws Exception {
        if (allowed) check.run();
        else Judge.same(Code.NOAUTH, Judge.code(check));
    }

    private void transactions() throws Exception {
        judge.check("a transaction does all of it with one zxid", () -> {
            make("multi");
            List<OpResult> results = zk.multi(List.of(
                Op.create(at("multi/a"), X, OPEN_ACL_UNSAFE, PERSISTENT),
                Op.create(at("multi/s-"), X, OPEN_ACL_UNSAFE, EPHEMERAL_SEQUENTIAL.toFlag()),
                Op.create(at("multi/ttl"), X, OPEN_ACL_UNSAFE, PERSISTENT_WITH_TTL, 50_000),
                Op.create(at("multi/c"), X, OPEN_ACL_UNSAFE, CONTAINER),
                Op.setData(at("multi/a"), new byte[3], 0),
                Op.check(at("multi/a"), 1),
                Op.delete(at("multi/c"), 0)));
            Judge.same(at("multi/a"), ((OpResult.CreateResult) results.get(0)).getPath());
            Judge.same(at("multi/s-0000000001"), ((OpResult.CreateResult) results.get(1)).getPath());
            Stat set = ((OpResult.SetDataResult) results.get(4)).getStat();
            Judge.same(set.getCzxid(), set.getMzxid());
            Judge.same(1, set.getVersion());
            Judge.same(new OpResult.CheckResult(), results.get(5));
            Judge.same(new OpResult.DeleteResult(), results.get(6));
            Judge.same(3, zk.getChildren(at("multi"), false).size());
            Judge.same(set.getMzxid(), zk.exists(at("multi"), false).getPzxid());
        });
        judge.check("a transaction that fails does nothing and says where", () -> {
            try {
                zk.transaction().create(at("multi/x"), X, OPEN_ACL_UNSAFE, PERSISTENT).setData(at("multi/x"), X, 0)
                    .delete(at("multi/none"), -1).check(base, -1).commit();
                throw new AssertionError("it did not fail");
            } catch (KeeperException.NoNodeException e) {
                int[] codes = e.getResults().stream().mapToInt(r -> ((OpResult.ErrorResult) r).getErr()).toArray();
                Judge.same("[0, 0, -101, -2]", Arrays.toString(codes));
            }
            Judge.same(null, zk.exists(at("multi/x"), false));
        });
        judge.check("a transaction sees the acls of nodes that it makes", () -> {
            List<ACL> readOnly = acl(new ACL(1, ANYONE_ID_UNSAFE));
            Judge.same(Code.NOAUTH, Judge.code(() -> zk.multi(List.of(Op.create(at("multi/ro"), X, readOnly, PERSISTENT), Op.create(at("multi/ro/c"), X, OPEN_ACL_UNSAFE, PERSISTENT)))));
        });
        judge.check("many reads in one request", () -> {
            List<OpResult> results = zk.multi(List.of(Op.getData(at("multi/a")), Op.getChildren(at("multi")), Op.getData(at("multi/none"))));
            Judge.same(new byte[3], ((OpResult.GetDataResult) results.get(0)).getData());
            Judge.same(3, ((OpResult.GetChildrenResult) results.get(1)).getChildren().size());
            Judge.same(-101, ((OpResult.ErrorResult) results.get(2)).getErr());
        });
        judge.check("an empty transaction, and a large one", () -> {
            Judge.same(0, zk.multi(List.of()).size());
            List<Op> ops = new ArrayList<>();
            for (int i = 0; i < 2000; i++) ops.add(Op.create(at("multi/n-" + i), X, OPEN_ACL_UNSAFE, PERSISTENT));
            Judge.same(2000, zk.multi(ops).size());
            Judge.same(2003, zk.exists(at("multi"), false).getNumChildren());
        });
    }

    private void watches() throws Exception {
        judge.check("one-shot watches fire once, for what they are for", () -> {
            Events events = new Events();
            zk.exists(at("w"), events);
            make("w");
            events.expect("NodeCreated " + at("w"));
            zk.getData(at("w"), events, null);
            zk.setData(at("w"), X, -1);
            zk.setData(at("w"), X, -1);
            events.expect("NodeDataChanged " + at("w"));
            zk.getChildren(at("w"), events);
            make("w/c");
            zk.delete(at("w/c"), -1);
            events.expect("NodeChildrenChanged " + at("w"));
            zk.getData(at("w"), events, null);
            zk.getChildren(at("w"), events);
            zk.delete(at("w"), -1);
            zk.exists(at("w"), false);
            events.expect("NodeDeleted " + at("w"));
            events.silent();
        });
        judge.check("a watch comes before the result that shows its cause", () -> {
            make("order");
            ZooKeeper other = connect();
            for (int i = 0; i < 200; i++) {
                List<String> heard = Collections.synchronizedList(new ArrayList<>());
                CountDownLatch read = new CountDownLatch(1);
                int version = i;
                zk.getData(at("order"), e -> heard.add("event"), null);
                other.setData(at("order"), X, version, (rc, p, c, s) -> { }, null);
                other.sync("/", (rc, p, c) -> zk.getData(at("order"), false, (rc2, p2, c2, d2, s2) -> { if (s2.getVersion() > version) heard.add("data"); read.countDown(); }, null), null);
                Judge.yes(read.await(20, TimeUnit.SECONDS), "an answer");
                Judge.same("[event, data]", heard.toString());
            }
            other.close();
        });
        judge.check("a transaction fires each watch", () -> {
            make("mw");
            Events events = new Events();
            zk.getChildren(at("mw"), events);
            zk.exists(at("mw/a"), events);
            zk.multi(List.of(Op.create(at("mw/a"), X, OPEN_ACL_UNSAFE, PERSISTENT), Op.setData(at("mw"), X, -1)));
            events.expect("NodeCreated " + at("mw/a"), "NodeChildrenChanged " + at("mw"));
            events.silent();
        });
        judge.check("watches are removed", () -> {
            make("rm");
            Events events = new Events();
            zk.getData(at("rm"), events, null);
            zk.getChildren(at("rm"), events);
            zk.removeWatches(at("rm"), events, WatcherType.Data, false);
            events.expect("DataWatchRemoved " + at("rm"));
            zk.setData(at("rm"), X, -1);
            zk.removeAllWatches(at("rm"), WatcherType.Any, false);
            events.expect("ChildWatchRemoved " + at("rm"));
            make("rm/c");
            zk.exists(base, false);
            events.silent();
        });
    }

    private void persistentWatches() throws Exception {
        judge.check("persistent watches stay", () -> {
            make("p");
            Events events = new Events();
            zk.addWatch(at("p"), events, AddWatchMode.PERSISTENT);
            for (int i = 0; i < 3; i++) {
                zk.setData(at("p"), X, -1);
                make("p/c" + i);
                events.expect("NodeDataChanged " + at("p"), "NodeChildrenChanged " + at("p"));
            }
            make("p/c0/deep");
            for (String c : List.of("c0/deep", "c0", "c1", "c2")) zk.delete(at("p/" + c), -1);
            zk.delete(at("p"), -1);
            make("p");
            for (int i = 0; i < 3; i++) events.expect("NodeChildrenChanged " + at("p"));
            events.expect("NodeDeleted " + at("p"), "NodeCreated " + at("p"));
            zk.removeWatches(at("p"), events, WatcherType.Any, false);
            events.expect("PersistentWatchRemoved " + at("p"));
            zk.setData(at("p"), X, -1);
            events.silent();
        });
        judge.check("recursive watches see what is below", () -> {
            make("r");
            Events events = new Events();
            zk.addWatch(at("r"), events, AddWatchMode.PERSISTENT_RECURSIVE);
            make("r/a");
            make("r/a/b");
            zk.setData(at("r/a/b"), X, -1);
            zk.setData(at("r"), X, -1);
            zk.delete(at("r/a/b"), -1);
            events.expect("NodeCreated " + at("r/a"), "NodeCreated " + at("r/a/b"), "NodeDataChanged " + at("r/a/b"), "NodeDataChanged " + at("r"), "NodeDeleted " + at("r/a/b"));
            make("r-not-below");
            events.silent();
            zk.removeAllWatches(at("r"), WatcherType.Any, false);
        });
    }

    private void pipelines() throws Exception {
        judge.check("thousands in flight are answered in order, each seeing those before", () -> {
            make("fifo");
            List<Integer> order = Collections.synchronizedList(new ArrayList<>());
            List<String> wrong = Collections.synchronizedList(new ArrayList<>());
            int rounds = 2000;
            CountDownLatch left = new CountDownLatch(rounds * 2);
            for (int i = 0; i < rounds; i++) {
                int n = i;
                zk.setData(at("fifo"), X, n, (rc, p, c, s) -> { order.add(n * 2); if (rc != 0 || s.getVersion() != n + 1) wrong.add("set " + n + " " + rc); left.countDown(); }, null);
                zk.getData(at("fifo"), false, (rc, p, c, d, s) -> { order.add(n * 2 + 1); if (rc != 0 || s.getVersion() != n + 1) wrong.add("get " + n + " " + rc); left.countDown(); }, null);
            }
            Judge.yes(left.await(60, TimeUnit.SECONDS), "all answers");
            Judge.same(List.of(), wrong);
            for (int i = 0; i < rounds * 2; i++) Judge.same(i, order.get(i));
        });
        judge.check("a write of one session is seen by another behind sync", () -> {
            make("sync");
            ZooKeeper other = connect();
            for (int i = 0; i < 200; i++) {
                zk.setData(at("sync"), X, i);
                CountDownLatch synced = new CountDownLatch(1);
                other.sync(at("sync"), (rc, p, c) -> { if (rc == 0 && p.equals(at("sync"))) synced.countDown(); }, null);
                Judge.yes(synced.await(20, TimeUnit.SECONDS), "sync");
                Judge.same(i + 1, other.exists(at("sync"), false).getVersion());
            }
            other.close();
        });
    }

    private void rest() throws Exception {
        judge.check("a session's ephemerals are listed", () -> {
            ZooKeeper other = connect();
            make("eph");
            other.create(at("eph/a"), X, OPEN_ACL_UNSAFE, EPHEMERAL);
            other.create(at("eph/b"), X, OPEN_ACL_UNSAFE, EPHEMERAL);
            Judge.same(new TreeSet<>(List.of(at("eph/a"), at("eph/b"))), new TreeSet<>(other.getEphemerals()));
            Judge.same(List.of(at("eph/b")), other.getEphemerals(at("eph/b")));
            Judge.same(List.of(), other.getEphemerals("/nowhere"));
            other.close();
            Judge.same(List.of(), zk.getChildren(at("eph"), false));
        });
        judge.check("a chroot shifts paths, those of watches too", () -> {
            make("root");
            ZooKeeper other = connect(server + at("root"));
            Events events = new Events();
            other.exists("/in", events);
            Judge.same("/in", other.create("/in", X, OPEN_ACL_UNSAFE, PERSISTENT));
            events.expect("NodeCreated /in");
            Judge.same(X, zk.getData(at("root/in"), false, null));
            Judge.same(List.of("in"), other.getChildren("/", false));
            other.close();
        });
        judge.check("the configuration of a server alone", () -> {
            Stat stat = new Stat();
            Judge.same(0, zk.getConfig(false, stat).length);
            Judge.same(0, stat.getMzxid());
        });
        judge.check("containers vanish when their last child does", () -> {
            zk.create(at("container"), null, OPEN_ACL_UNSAFE, CONTAINER);
            zk.create(at("container-new"), null, OPEN_ACL_UNSAFE, CONTAINER);
            make("container/c");
            zk.delete(at("container/c"), -1);
            Judge.until("the container is gone", () -> zk.exists(at("container"), false) == null);
            Judge.yes(zk.exists(at("container-new"), false) != null, "one that never had a child stays");
        });
        judge.check("nodes with a time to live vanish after it, unless something changes", () -> {
            zk.create(at("ttl"), null, OPEN_ACL_UNSAFE, PERSISTENT_WITH_TTL, null, 400);
            zk.create(at("ttl-parent"), null, OPEN_ACL_UNSAFE, PERSISTENT_WITH_TTL, null, 400);
            make("ttl-parent/c");
            Judge.until("it is gone", () -> zk.exists(at("ttl"), false) == null);
            Judge.yes(zk.exists(at("ttl-parent"), false) != null, "one with children stays");
            zk.delete(at("ttl-parent/c"), -1);
            Judge.until("the parent is gone", () -> zk.exists(at("ttl-parent"), false) == null);
        });
    }

    /** Not List.of: the client looks for null in it. */
    private static List<ACL> acl(ACL... entries) { return Arrays.asList(entries); }

    private static ZooKeeper connect(String server) throws Exception { return Sessions.connect(server); }
}
