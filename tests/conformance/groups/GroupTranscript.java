import java.io.*;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.regex.*;
import org.apache.kafka.common.message.*;
import org.apache.kafka.common.protocol.*;

/** Plays group scenarios over raw requests of every version and prints what the broker answers, with random ids numbered. */
public class GroupTranscript {
    static String host; static int port;
    static final Map<String, String> names = new LinkedHashMap<>();
    static final Pattern UUID = Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");

    static String norm(String s) {
        Matcher m = UUID.matcher(s); StringBuilder b = new StringBuilder();
        while (m.find()) m.appendReplacement(b, names.computeIfAbsent(m.group(), k -> "#" + (names.size() + 1)));
        m.appendTail(b);
        return b.toString().replaceAll("y{50,}", "y...");
    }
    static void out(String s) { System.out.println(norm(s)); }

    static class C {
        final Socket s; final DataInputStream in; final DataOutputStream o; final String id; final Deque<Object[]> sent = new ArrayDeque<>();
        C(String id) throws Exception { this.id = id; s = new Socket(host, port); in = new DataInputStream(new BufferedInputStream(s.getInputStream())); o = new DataOutputStream(s.getOutputStream()); }
        void send(ApiMessage r, int version) throws Exception {
            short v = (short) version; ApiMessageType t = ApiMessageType.fromApiKey(r.apiKey());
            RequestHeaderData h = new RequestHeaderData().setRequestApiKey(r.apiKey()).setRequestApiVersion(v).setClientId(id).setCorrelationId(7);
            short hv = t.requestHeaderVersion(v);
            ObjectSerializationCache c = new ObjectSerializationCache();
            int n = h.size(c, hv) + r.size(c, v);
            ByteBuffer b = ByteBuffer.allocate(n); ByteBufferAccessor a = new ByteBufferAccessor(b);
            h.write(a, c, hv); r.write(a, c, v);
            o.writeInt(n); o.write(b.array(), 0, n); o.flush();
            sent.add(new Object[]{t, v});
        }
        ApiMessage recv(int ms) throws Exception {
            Object[] q = sent.peek(); ApiMessageType t = (ApiMessageType) q[0]; short v = (Short) q[1];
            s.setSoTimeout(ms);
            int n;
            try { n = in.readInt(); } catch (java.net.SocketTimeoutException e) { return null; }
            sent.poll();
            byte[] b = new byte[n]; in.readFully(b);
            ByteBufferAccessor a = new ByteBufferAccessor(ByteBuffer.wrap(b));
            new ResponseHeaderData(a, t.responseHeaderVersion(v));
            ApiMessage m = t.newResponse(); m.read(a, v);
            sort(m);
            return m;
        }
        <T extends ApiMessage> T ask(String label, ApiMessage r, int v) throws Exception {
            send(r, v);
            return get(label, 10000);
        }
        @SuppressWarnings("unchecked") <T extends ApiMessage> T get(String label, int ms) throws Exception {
            ApiMessage m;
            try { m = recv(ms); } catch (EOFException e) { out(label + " -> CLOSED"); return null; }
            out(label + " -> " + (m == null ? "(waits)" : m.toString()));
            return (T) m;
        }
    }

    static void sort(ApiMessage m) {
        if (m instanceof JoinGroupResponseData) ((JoinGroupResponseData) m).members().sort(Comparator.comparing(x -> x.memberId()));
        if (m instanceof DescribeGroupsResponseData) for (var g : ((DescribeGroupsResponseData) m).groups()) g.members().sort(Comparator.comparing(x -> x.memberId()));
        if (m instanceof ListGroupsResponseData) ((ListGroupsResponseData) m).groups().sort(Comparator.comparing(x -> x.groupId()));
        if (m instanceof OffsetFetchResponseData) {
            var d = (OffsetFetchResponseData) m;
            d.topics().sort(Comparator.comparing(x -> x.name())); for (var t : d.topics()) t.partitions().sort(Comparator.comparing(x -> x.partitionIndex()));
            for (var g : d.groups()) { g.topics().sort(Comparator.comparing(x -> x.name())); for (var t : g.topics()) t.partitions().sort(Comparator.comparing(x -> x.partitionIndex())); }
        }
        if (m instanceof DeleteGroupsResponseData) {
            var c = ((DeleteGroupsResponseData) m).results(); var l = new ArrayList<>(c); c.clear();
            l.sort(Comparator.comparing(x -> x.groupId())); c.addAll(l);
        }
        if (m instanceof OffsetDeleteResponseData) {
            var c = ((OffsetDeleteResponseData) m).topics(); var l = new ArrayList<>(c); c.clear();
            l.sort(Comparator.comparing(x -> x.name())); c.addAll(l);
            for (var t : c) { var p = t.partitions(); var q = new ArrayList<>(p); p.clear(); q.sort(Comparator.comparing(x -> x.partitionIndex())); p.addAll(q); }
        }
        if (m instanceof OffsetCommitResponseData) { var d = (OffsetCommitResponseData) m; d.topics().sort(Comparator.comparing(x -> x.name())); for (var t : d.topics()) t.partitions().sort(Comparator.comparing(x -> x.partitionIndex())); }
    }

    static byte[] sub(String... topics) {
        ConsumerProtocolSubscription s = new ConsumerProtocolSubscription().setTopics(Arrays.asList(topics));
        ByteBuffer b = MessageUtil.toVersionPrefixedByteBuffer((short) 1, s); byte[] r = new byte[b.remaining()]; b.get(r); return r;
    }
    static JoinGroupRequestData join(String g, String member, String instance, int session, int rebalance, String type, Object... protos) {
        JoinGroupRequestData d = new JoinGroupRequestData().setGroupId(g).setMemberId(member).setGroupInstanceId(instance).setSessionTimeoutMs(session).setRebalanceTimeoutMs(rebalance).setProtocolType(type);
        JoinGroupRequestData.JoinGroupRequestProtocolCollection c = new JoinGroupRequestData.JoinGroupRequestProtocolCollection();
        for (int i = 0; i < protos.length; i += 2) c.add(new JoinGroupRequestData.JoinGroupRequestProtocol().setName((String) protos[i]).setMetadata((byte[]) protos[i + 1]));
        d.setProtocols(c); return d;
    }
    static JoinGroupRequestData join(String g, String member) { return join(g, member, null, 10000, 5000, "consumer", "range", sub("t")); }
    static SyncGroupRequestData sync(String g, String member, String instance, int gen, String... as) {
        SyncGroupRequestData d = new SyncGroupRequestData().setGroupId(g).setMemberId(member).setGroupInstanceId(instance).setGenerationId(gen).setProtocolType("consumer").setProtocolName("range");
        for (int i = 0; i < as.length; i += 2) d.assignments().add(new SyncGroupRequestData.SyncGroupRequestAssignment().setMemberId(as[i]).setAssignment(as[i + 1].getBytes()));
        return d;
    }
    static HeartbeatRequestData hb(String g, String member, String instance, int gen) { return new HeartbeatRequestData().setGroupId(g).setMemberId(member).setGroupInstanceId(instance).setGenerationId(gen); }
    static LeaveGroupRequestData leave(String g, int v, String... ids) {
        LeaveGroupRequestData d = new LeaveGroupRequestData().setGroupId(g);
        if (v < 3) return d.setMemberId(ids[0]);
        List<LeaveGroupRequestData.MemberIdentity> l = new ArrayList<>();
        for (int i = 0; i < ids.length; i += 2) l.add(new LeaveGroupRequestData.MemberIdentity().setMemberId(ids[i]).setGroupInstanceId(ids[i + 1]));
        return d.setMembers(l);
    }
    static OffsetCommitRequestData commit(String g, String member, String instance, int gen, Object... o) {
        OffsetCommitRequestData d = new OffsetCommitRequestData().setGroupId(g).setMemberId(member).setGroupInstanceId(instance).setGenerationIdOrMemberEpoch(gen);
        for (int i = 0; i < o.length; i += 4) {
            String name = (String) o[i]; OffsetCommitRequestData.OffsetCommitRequestTopic t = null;
            for (var x : d.topics()) if (x.name().equals(name)) t = x;
            if (t == null) { t = new OffsetCommitRequestData.OffsetCommitRequestTopic().setName(name); d.topics().add(t); }
            t.partitions().add(new OffsetCommitRequestData.OffsetCommitRequestPartition().setPartitionIndex((Integer) o[i + 1]).setCommittedOffset((Integer) o[i + 2]).setCommittedMetadata((String) o[i + 3]));
        }
        return d;
    }
    static OffsetFetchRequestData fetch(String g, int v, boolean all, Object... o) {
        OffsetFetchRequestData d = new OffsetFetchRequestData();
        if (v < 8) {
            d.setGroupId(g);
            if (all) return d.setTopics(null);
            for (int i = 0; i < o.length; i += 2) d.topics().add(new OffsetFetchRequestData.OffsetFetchRequestTopic().setName((String) o[i]).setPartitionIndexes((List<Integer>) o[i + 1]));
            return d;
        }
        OffsetFetchRequestData.OffsetFetchRequestGroup q = new OffsetFetchRequestData.OffsetFetchRequestGroup().setGroupId(g);
        if (all) q.setTopics(null);
        else for (int i = 0; i < o.length; i += 2) q.topics().add(new OffsetFetchRequestData.OffsetFetchRequestTopics().setName((String) o[i]).setPartitionIndexes((List<Integer>) o[i + 1]));
        d.groups().add(q);
        return d;
    }
    static DescribeGroupsRequestData desc(String... g) { return new DescribeGroupsRequestData().setGroups(Arrays.asList(g)); }
    static DeleteGroupsRequestData del(String... g) { return new DeleteGroupsRequestData().setGroupsNames(Arrays.asList(g)); }
    static OffsetDeleteRequestData odel(String g, Object... o) {
        OffsetDeleteRequestData d = new OffsetDeleteRequestData().setGroupId(g);
        for (int i = 0; i < o.length; i += 2) {
            OffsetDeleteRequestData.OffsetDeleteRequestTopic t = new OffsetDeleteRequestData.OffsetDeleteRequestTopic().setName((String) o[i]);
            for (Integer p : (List<Integer>) o[i + 1]) t.partitions().add(new OffsetDeleteRequestData.OffsetDeleteRequestPartition().setPartitionIndex(p));
            d.topics().add(t);
        }
        return d;
    }
    static String X = "nobody";

    static void setUp() throws Exception {
        for (int i = 0; i < 600; i++) { try { new C("wait").s.close(); break; } catch (java.net.ConnectException e) { Thread.sleep(100); } }
        C c = new C("setup");
        CreateTopicsRequestData ct = new CreateTopicsRequestData().setTimeoutMs(10000);
        for (String t : new String[]{"t", "u"}) ct.topics().add(new CreateTopicsRequestData.CreatableTopic().setName(t).setNumPartitions(4).setReplicationFactor((short) 1));
        c.send(ct, 2); c.recv(20000);
        // the coordinator is found when its topic is there and loaded
        for (int i = 0; i < 200; i++) {
            c.send(new FindCoordinatorRequestData().setKey("x").setKeyType((byte) 0), 2);
            FindCoordinatorResponseData f = (FindCoordinatorResponseData) c.recv(10000);
            c.send(new OffsetFetchRequestData().setGroupId("x").setTopics(null), 5);
            OffsetFetchResponseData o = (OffsetFetchResponseData) c.recv(10000);
            if (f.errorCode() == 0 && o.errorCode() == 0) break;
            Thread.sleep(100);
        }
        for (int i = 0; i < 200; i++) {
            boolean all = true;
            for (String g : new String[]{"a", "b", "c"}) { c.send(desc(g), 1); all &= ((DescribeGroupsResponseData) c.recv(10000)).groups().get(0).errorCode() == 0; }
            if (all) break;
            Thread.sleep(100);
        }
        c.s.close();
    }

    static void unknown() throws Exception {
        out("== nothing is known");
        C c = new C("c");
        for (int v = 0; v <= 9; v++) {
            c.ask("join v" + v + " unknown member", join("nope" + v, X), v);
            c.ask("join v" + v + " short session", join("nope" + v, "", null, 999, 5000, "consumer", "range", sub("t")), v);
            c.ask("join v" + v + " long session", join("nope" + v, "", null, 1800001, 5000, "consumer", "range", sub("t")), v);
            c.ask("join v" + v + " no protocols", join("nope" + v, "", null, 10000, 5000, "consumer"), v);
            c.ask("join v" + v + " no type", join("nope" + v, "", null, 10000, 5000, "", "range", sub("t")), v);
            c.ask("join v" + v + " no group", join("", ""), v);
            if (v >= 5) c.ask("join v" + v + " unknown static member", join("nope" + v, X, "i", 10000, 5000, "consumer", "range", sub("t")), v);
            if (v <= 5) {
                c.ask("sync v" + v, sync("none", X, null, 1), v);
                c.ask("sync v" + v + " no group", sync("", X, null, 1), v);
                if (v == 5) c.ask("sync v5 no protocol", sync("none", X, null, 1).setProtocolName(null), v);
                c.ask("leave v" + v, leave("none", v, X, null), v);
                c.ask("leave v" + v + " no group", leave("", v, X, null), v);
                if (v >= 3) c.ask("leave v" + v + " several", leave("none", v, X, null, "", "i", X, "i"), v);
                if (v >= 3) c.ask("leave v" + v + " nobody", leave("none", v), v);
                c.ask("describe v" + v, desc("none", ""), v);
                c.ask("describe v" + v + " existing empty", desc("nope0"), v);
                if (v >= 3) c.ask("describe v" + v + " authorized", desc("none").setIncludeAuthorizedOperations(true), v);
            }
            if (v <= 4) {
                c.ask("heartbeat v" + v, hb("none", X, null, 1), v);
                c.ask("heartbeat v" + v + " no group", hb("", X, null, 1), v);
                if (v >= 3) c.ask("heartbeat v" + v + " static", hb("nope9", X, "i", 0), v);
            }
            if (v <= 2) c.ask("delete v" + v, del("none", "none", ""), v);
            c.ask("commit v" + v + " generation", commit("none" + v, X, null, 3, "t", 0, 1, ""), v);
            c.ask("commit v" + v + " simple", commit("simple" + v, "", null, -1, "t", 0, 1, "m", "t", 9, 1, "", "nowhere", 0, 1, "", "u", 3, 4, null), v);
            c.ask("commit v" + v + " only unknown", commit("simple" + v, "", null, -1, "nowhere", 0, 1, ""), v);
            c.ask("commit v" + v + " empty", commit("simple" + v, "", null, -1), v);
            c.ask("commit v" + v + " long metadata", commit("simple" + v, "", null, -1, "t", 1, 5, "x".repeat(4097), "t", 2, 6, "y".repeat(4096)), v);
            c.ask("commit v" + v + " member of an empty group", commit("simple" + v, X, null, -1, "t", 0, 2, "m2"), v);
            c.ask("commit v" + v + " generation in an empty group", commit("simple" + v, X, null, 0, "t", 0, 3, ""), v);
            c.ask("commit v" + v + " nameless group", commit("", "", null, -1, "t", 0, v, ""), v);
            c.ask("fetch v" + v, fetch("simple" + v, v, false, "t", List.of(0, 1, 2, 3, 9), "nowhere", List.of(0), "u", List.of(3)), v);
            if (v >= 2) c.ask("fetch v" + v + " all", fetch("simple" + v, v, true), v);
            c.ask("fetch v" + v + " none", fetch("simple" + v, v, false), v);
            c.ask("fetch v" + v + " unknown group", fetch("none", v, false, "t", List.of(0)), v);
            if (v >= 2) c.ask("fetch v" + v + " unknown group all", fetch("none", v, true), v);
            if (v > 0) c.ask("fetch v" + v + " nameless group", fetch("", v, false, "t", List.of(0)), v);
            if (v >= 7) c.ask("fetch v" + v + " stable", fetch("simple" + v, v, false, "t", List.of(0)).setRequireStable(true), v);
        }
        c.ask("offset delete", odel("none", "t", List.of(0)), 0);
        c.ask("offset delete no group", odel("", "t", List.of(0)), 0);
        c.ask("offset delete unknown topic", odel("simple3", "nowhere", List.of(0, 1)), 0);
        c.ask("offset delete mixed", odel("simple3", "nowhere", List.of(0, 1), "t", List.of(0, 7)), 0);
        c.ask("offset delete nothing", odel("simple3"), 0);
        c.ask("fetch after", fetch("simple3", 5, true), 5);
        c.ask("offset delete rest", odel("simple3", "t", List.of(2), "u", List.of(3)), 0);
        c.ask("describe after", desc("simple3"), 5);
        c.ask("fetch after", fetch("simple3", 5, true), 5);
        for (int v = 0; v <= 5; v++) c.ask("list v" + v, new ListGroupsRequestData(), v);
        for (String s : new String[]{"Empty", "eMPTY", "Stable", "Bogus", "Dead"}) c.ask("list v4 " + s, new ListGroupsRequestData().setStatesFilter(List.of(s)), 4);
        for (String s : new String[]{"classic", "Classic", "consumer", "bogus"}) c.ask("list v5 " + s, new ListGroupsRequestData().setTypesFilter(List.of(s)), 5);
        c.ask("delete simple", del("simple1", "simple2", "none"), 2);
        c.ask("describe deleted", desc("simple1", "simple2"), 5);
        c.ask("fetch deleted", fetch("simple1", 5, true), 5);
    }

    static void flow(int v) throws Exception {
        out("== flow with join v" + v);
        String g = "flow" + v; int sv = Math.min(v, 5), hv = Math.min(v, 4);
        C a = new C("a"), b = new C("b"), o = new C("o");
        JoinGroupResponseData ja = a.ask("a joins", join(g, ""), v);
        if (v >= 4) { o.ask("describe", desc(g), 5); ja = a.ask("a joins with id", join(g, ja.memberId()), v); }
        String A = ja.memberId(); int gen = ja.generationId();
        o.ask("describe completing", desc(g), 5);
        o.ask("list", new ListGroupsRequestData().setStatesFilter(List.of("CompletingRebalance")), 4);
        a.ask("a heartbeat before sync", hb(g, A, null, gen), hv);
        a.ask("a commits before sync", commit(g, A, null, gen, "t", 0, 1, ""), v);
        a.ask("a joins again the same", join(g, A), v);
        a.ask("a syncs with a wrong generation", sync(g, A, null, gen + 1), sv);
        if (sv >= 5) { a.ask("a syncs with a wrong protocol", sync(g, A, null, gen).setProtocolName("other"), sv); a.ask("a syncs with a wrong type", sync(g, A, null, gen).setProtocolType("other"), sv); }
        a.ask("a syncs", sync(g, A, null, gen, A, "for a", X, "for nobody"), sv);
        a.ask("a syncs again", sync(g, A, null, gen), sv);
        o.ask("describe stable", desc(g), 5);
        o.ask("describe stable old", desc(g), 0);
        a.ask("a heartbeats", hb(g, A, null, gen), hv);
        a.ask("a heartbeats wrong generation", hb(g, A, null, gen + 1), hv);
        a.ask("a heartbeats wrong id", hb(g, X, null, gen), hv);
        if (hv >= 3) a.ask("a heartbeats as static", hb(g, A, "i", gen), hv);
        a.ask("a commits", commit(g, A, null, gen, "t", 0, 10, "x", "t", 1, 11, null, "u", 0, 12, ""), v);
        a.ask("a commits wrong generation", commit(g, A, null, gen - 1, "t", 0, 9, ""), v);
        a.ask("a commits wrong id", commit(g, X, null, gen, "t", 0, 9, ""), v);
        o.ask("tool commits", commit(g, "", null, -1, "t", 0, 9, ""), v);
        o.ask("member without generation commits", commit(g, A, null, -1, "t", 0, 9, ""), v);
        if (v > 0) a.ask("fetch", fetch(g, v, false, "t", List.of(0, 1, 2), "u", List.of(0)), v);
        o.ask("delete group", del(g), 1);
        o.ask("offset delete subscribed", odel(g, "t", List.of(0), "u", List.of(0)), 0);
        o.ask("fetch all", fetch(g, 5, true), 5);
        o.ask("join other type", join(g, "", null, 10000, 5000, "connect", "range", sub("t")), v);
        o.ask("join other protocol", join(g, "", null, 10000, 5000, "consumer", "other", sub("t")), v);
        // b joins
        String B;
        if (v >= 4) { JoinGroupResponseData jb = b.ask("b joins", join(g, ""), v); B = jb.memberId(); b.send(join(g, B), v); } else b.send(join(g, ""), v);
        b.get("b waits", 300);
        a.ask("a heartbeats while preparing", hb(g, A, null, gen), hv);
        a.ask("a commits while preparing", commit(g, A, null, gen, "t", 0, 20, ""), v);
        a.ask("a syncs while preparing", sync(g, A, null, gen), sv);
        o.ask("describe preparing", desc(g), 5);
        ja = a.ask("a rejoins", join(g, A), v);
        JoinGroupResponseData jb = b.get("b joined", 5000); B = jb.memberId(); gen = jb.generationId();
        b.send(sync(g, B, null, gen), sv);
        b.get("b syncs", 200);
        b.get("b still syncs", 200);
        a.ask("a syncs for both", sync(g, A, null, gen, A, "2 for a", B, "2 for b"), sv);
        b.get("b synced", 3000);
        b.ask("b joins again the same", join(g, B), v);
        o.ask("describe stable", desc(g), 5);
        // b changes its subscription: a rebalance, a does not come back, b leads
        b.send(join(g, B, null, 10000, 1500, "consumer", "range", sub("t", "u")), v);
        b.get("b waits for a", 300);
        b.get("b leads alone", 15000);
        a.ask("a heartbeats late", hb(g, A, null, gen), hv);
        gen++;
        b.ask("b syncs", sync(g, B, null, gen, B, "3 for b"), sv);
        o.ask("offset delete", odel(g, "t", List.of(0), "u", List.of(0)), 0);
        int lv = Math.min(v, 5);
        if (lv >= 3) b.ask("leave several", leave(g, lv, X, null, B, "i", "", "i", "", null), lv);
        b.ask("b leaves", leave(g, lv, B, null), lv);
        b.ask("b leaves again", leave(g, lv, B, null), lv);
        o.ask("describe empty", desc(g), 5);
        b.ask("b heartbeats", hb(g, B, null, gen), hv);
        b.ask("b heartbeats the empty generation", hb(g, B, null, gen + 1), hv);
        b.ask("b syncs", sync(g, B, null, gen + 1), sv);
        b.ask("b joins with its old id", join(g, B), v);
        o.ask("fetch all", fetch(g, 5, true), 5);
        o.ask("list", new ListGroupsRequestData().setStatesFilter(List.of("Empty")).setTypesFilter(List.of("classic")), 5);
        o.ask("tool commits", commit(g, "", null, -1, "t", 3, 9, ""), v);
        o.ask("offset delete", odel(g, "u", List.of(0)), 0);
        o.ask("delete", del(g), 2);
        o.ask("delete again", del(g), 2);
        o.ask("describe deleted", desc(g), 5);
        a.s.close(); b.s.close(); o.s.close();
    }

    static JoinGroupRequestData sjoin(String g, String m, String i, String... topics) { return join(g, m, i, 10000, 4000, "consumer", "range", sub(topics), "roundrobin", sub(topics)); }

    static void statics(int v) throws Exception {
        out("== static members with join v" + v);
        String g = "static" + v; int sv = Math.min(v, 5);
        C a = new C("a"), b = new C("b"), o = new C("o"), a2 = new C("a");
        JoinGroupResponseData ja = a.ask("a joins", sjoin(g, "", "ia", "t"), v); String A = ja.memberId(); int gen = ja.generationId();
        a.ask("a syncs", sync(g, A, "ia", gen, A, "for a"), sv);
        b.send(sjoin(g, "", "ib", "t"), v);
        b.get("b waits", 300);
        a.ask("a rejoins", sjoin(g, A, "ia", "t"), v);
        JoinGroupResponseData jb = b.get("b joined", 5000); String B = jb.memberId(); gen = jb.generationId();
        b.send(sync(g, B, "ib", gen), sv);
        a.ask("a syncs", sync(g, A, "ia", gen, A, "2a", B, "2b"), sv);
        b.get("b synced", 3000);
        o.ask("describe", desc(g), 5);
        // the leader returns
        ja = a2.ask("a returns", sjoin(g, "", "ia", "t"), v); String A2 = ja.memberId();
        a2.ask("a2 syncs", sync(g, A2, "ia", gen), sv);
        a.ask("old a heartbeats", hb(g, A, "ia", gen), 4);
        a.ask("old a heartbeats without instance", hb(g, A, null, gen), 4);
        a.ask("old a syncs", sync(g, A, "ia", gen), sv);
        a.ask("old a joins", sjoin(g, A, "ia", "t"), v);
        a.ask("old a commits", commit(g, A, "ia", gen, "t", 0, 1, ""), 7);
        a.ask("old a leaves", leave(g, 3, A, "ia"), 3);
        a2.ask("a2 commits", commit(g, A2, "ia", gen, "t", 0, 1, ""), 7);
        a2.ask("a2 commits without generation", commit(g, A2, "ia", -1, "t", 0, 2, ""), 7);
        a2.ask("only instance commits", commit(g, "", "ia", -1, "t", 0, 2, ""), 7);
        a2.ask("unknown instance", hb(g, A2, "ix", gen), 4);
        // the follower returns with another subscription, but the protocol stays
        C b2 = new C("b");
        jb = b2.ask("b returns with more topics", sjoin(g, "", "ib", "t", "u"), v); String B2 = jb.memberId();
        b2.ask("b2 syncs", sync(g, B2, "ib", gen), sv);
        o.ask("describe", desc(g), 5);
        // it returns with only the other protocol: the choice changes
        b2.send(join(g, "", "ib", 10000, 4000, "consumer", "roundrobin", sub("t")), v);
        b2.get("b returns with another protocol", 400);
        o.ask("describe preparing", desc(g), 5);
        C b3 = new C("b");
        b3.send(join(g, "", "ib", 10000, 4000, "consumer", "roundrobin", sub("t")), v);
        b2.get("b2 is fenced while it waits", 2000);
        a2.send(sjoin(g, A2, "ia", "t"), v);
        jb = b3.get("b3 joined", 3000); ja = a2.get("a2 joined", 3000);
        if (jb != null && ja != null) {
            gen = jb.generationId(); String B3 = jb.memberId();
            b3.send(sync(g, B3, "ib", gen).setProtocolName("roundrobin"), sv);
            b3.get("b3 waits for assignment", 200);
            // it is replaced while it waits for the assignment: all rebalance
            C b4 = new C("b");
            b4.send(join(g, "", "ib", 10000, 4000, "consumer", "roundrobin", sub("t")), v);
            b3.get("b3 is fenced while it syncs", 2000);
            a2.ask("a2 syncs too late", sync(g, A2, "ia", gen, A2, "x").setProtocolName("roundrobin"), sv);
            ja = a2.ask("a2 rejoins", sjoin(g, A2, "ia", "t"), v);
            jb = b4.get("b4 joined", 3000); gen = jb.generationId();
            a2.ask("a2 syncs", sync(g, A2, "ia", gen, A2, "4a", jb.memberId(), "4b").setProtocolName("roundrobin"), sv);
            b4.ask("b4 syncs", sync(g, jb.memberId(), "ib", gen).setProtocolName("roundrobin"), sv);
            o.ask("administrator removes b", leave(g, 3, "", "ib", "", "ix", X, "ia"), 3);
            b4.ask("b4 heartbeats", hb(g, jb.memberId(), "ib", gen), 4);
            a2.ask("a2 heartbeats", hb(g, A2, "ia", gen), 4);
            o.ask("administrator removes a", leave(g, 5, "", "ia"), 5);
            o.ask("describe", desc(g), 5);
        }
    }

    static void timing() throws Exception {
        out("== time");
        C a = new C("a"), b = new C("b"), o = new C("o"); String g = "time";
        JoinGroupResponseData ja = a.ask("a joins", join(g, "", null, 1000, 2000, "consumer", "range", sub("t")), 3); String A = ja.memberId(); int gen = ja.generationId();
        a.ask("a syncs", sync(g, A, null, gen, A, "x"), 3);
        Thread.sleep(700); a.ask("a heartbeats", hb(g, A, null, gen), 3);
        Thread.sleep(700); a.ask("a heartbeats", hb(g, A, null, gen), 3);
        Thread.sleep(1600); a.ask("a is gone", hb(g, A, null, gen), 3);
        o.ask("describe", desc(g), 5);
        ja = a.ask("a gets an id", join(g, "", null, 1000, 2000, "consumer", "range", sub("t")), 4); String P = ja.memberId();
        Thread.sleep(1600); a.ask("the id is gone", join(g, P, null, 1000, 2000, "consumer", "range", sub("t")), 4);
        ja = a.ask("a gets an id", join(g, "", null, 1000, 2000, "consumer", "range", sub("t")), 4); P = ja.memberId();
        a.ask("pending leaves", leave(g, 3, P, null), 3);
        a.ask("pending joins", join(g, P, null, 1000, 2000, "consumer", "range", sub("t")), 4);
        // one that never syncs
        b.send(join(g, "", null, 5000, 1000, "consumer", "range", sub("t")), 3);
        ja = a.ask("a joins", join(g, "", null, 5000, 1000, "consumer", "range", sub("t")), 3); A = ja.memberId();
        JoinGroupResponseData jb = b.get("b joined", 3000); String B = jb.memberId(); gen = jb.generationId();
        boolean aLeads = ja.leader().equals(A);
        C l = aLeads ? a : b, f = aLeads ? b : a; String F = aLeads ? B : A, L = aLeads ? A : B;
        f.send(sync(g, F, null, gen), 3);
        f.get("follower waits", 500); f.get("follower waits for the leader in vain", 4000);
        l.ask("leader is gone", hb(g, L, null, gen), 3);
        o.ask("describe", desc(g), 5);
        // several joiners, limit 4
        String h = "many"; List<C> cs = new ArrayList<>();
        for (int i = 0; i < 5; i++) { C c = new C("m"); c.send(join(h, "", null, 5000, 1000, "consumer", "range", sub("t")), 3); cs.add(c); Thread.sleep(30); }
        int refused = 0, joined = 0;
        for (C c : cs) { JoinGroupResponseData r = (JoinGroupResponseData) c.recv(5000); if (r.errorCode() == 81) refused++; else if (r.errorCode() == 0 && r.generationId() == 1) joined++; }
        out("joined " + joined + " refused " + refused);
    }

    static void others() throws Exception {
        out("== not consumers");
        C a = new C("a"), o = new C("o"); String g = "connect";
        JoinGroupResponseData ja = a.ask("a joins", join(g, "", null, 10000, 2000, "connect", "compatible", "data".getBytes()), 3); String A = ja.memberId(); int gen = ja.generationId();
        a.ask("a syncs", sync(g, A, null, gen, A, "x").setProtocolType("connect").setProtocolName("compatible"), 3);
        a.ask("a commits", commit(g, A, null, gen, "t", 0, 1, ""), 3);
        o.ask("offset delete", odel(g, "t", List.of(0)), 0);
        o.ask("describe", desc(g), 5);
        a.ask("a leaves", leave(g, 1, A), 1);
        o.ask("offset delete", odel(g, "t", List.of(0)), 0);
        o.ask("describe", desc(g), 5);
        // a consumer with an unreadable subscription
        g = "odd";
        ja = a.ask("odd joins", join(g, "", null, 10000, 2000, "consumer", "range", new byte[]{1}), 3); A = ja.memberId(); gen = ja.generationId();
        a.ask("odd syncs", sync(g, A, null, gen, A, "x"), 3);
        a.ask("odd commits", commit(g, A, null, gen, "t", 0, 1, "", "u", 0, 2, ""), 3);
        o.ask("offset delete", odel(g, "u", List.of(0)), 0);
        // the group changes its type when it is empty
        a.ask("odd leaves", leave(g, 1, A), 1);
        ja = a.ask("connect joins", join(g, "", null, 10000, 2000, "connect", "p", "d".getBytes()), 3);
        a.ask("sync", sync(g, ja.memberId(), null, ja.generationId(), ja.memberId(), "y").setProtocolType("connect").setProtocolName("p"), 5);
        o.ask("describe", desc(g), 5);
        // votes
        g = "votes"; List<C> cs = new ArrayList<>();
        Object[][] ps = {{"x", sub("t"), "y", sub("t")}, {"y", sub("t"), "x", sub("t")}, {"z", sub("t"), "y", sub("t"), "x", sub("t")}};
        for (Object[] p : ps) { C c = new C("v"); c.send(join(g, "", null, 5000, 1000, "consumer", p), 3); cs.add(c); Thread.sleep(30); }
        for (C c : cs) { JoinGroupResponseData r = (JoinGroupResponseData) c.recv(5000); out("protocol " + r.protocolName() + " generation " + r.generationId()); }
    }

    public static void main(String[] args) throws Exception {
        host = args[0]; port = Integer.parseInt(args[1]);
        setUp();
        unknown();
        for (int v = 0; v <= 9; v++) flow(v);
        for (int v = 5; v <= 9; v++) statics(v);
        timing();
        others();
        System.exit(0);
    }
}
