import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.transaction.CuratorTransactionResult;
import org.apache.curator.framework.recipes.atomic.AtomicValue;
import org.apache.curator.framework.recipes.atomic.CachedAtomicLong;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicInteger;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.atomic.PromotedToLock;
import org.apache.curator.framework.recipes.queue.DistributedDelayQueue;
import org.apache.curator.framework.recipes.queue.DistributedIdQueue;
import org.apache.curator.framework.recipes.queue.DistributedPriorityQueue;
import org.apache.curator.framework.recipes.queue.DistributedQueue;
import org.apache.curator.framework.recipes.queue.QueueBuilder;
import org.apache.curator.framework.recipes.queue.QueueConsumer;
import org.apache.curator.framework.recipes.queue.QueueSerializer;
import org.apache.curator.framework.recipes.queue.SimpleDistributedQueue;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.framework.recipes.shared.SharedValue;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.RetryNTimes;

/** Counters, shared values, queues, transactions. */
@SuppressWarnings("deprecation")
final class RecipesOfValues {
    private final Recipes recipes;
    private final Judge judge;

    RecipesOfValues(Recipes recipes) {
        this.recipes = recipes;
        judge = recipes.judge;
    }

    void all() throws Exception {
        counters();
        queues();
        judge.check("transactions through Curator", () -> {
            CuratorFramework c = recipes.client();
            c.create().forPath("/tx", new byte[0]);
            List<CuratorTransactionResult> results = c.transaction().forOperations(
                c.transactionOp().create().forPath("/tx/a", "1".getBytes()), c.transactionOp().setData().withVersion(0).forPath("/tx/a", "2".getBytes()),
                c.transactionOp().check().withVersion(1).forPath("/tx/a"), c.transactionOp().delete().forPath("/tx/a"));
            Judge.same(4, results.size());
            Judge.same("/tx/a", results.get(0).getResultPath());
            Judge.same(1, results.get(1).getResultStat().getVersion());
            c.close();
        });
    }

    private void counters() throws Exception {
        judge.check("atomic long: no increment is lost, optimistically or behind a lock", () -> {
            List<CuratorFramework> clients = recipes.clients(5);
            List<Future<Integer>> running = new ArrayList<>();
            for (CuratorFramework c : clients) running.add(recipes.go(() -> {
                DistributedAtomicLong counter = new DistributedAtomicLong(c, "/atomic", new RetryNTimes(3, 1), PromotedToLock.builder().lockPath("/atomic-lock").retryPolicy(new RetryNTimes(100, 10)).build());
                int done = 0;
                for (int i = 0; i < 20; i++) if (counter.increment().succeeded()) done++;
                return done;
            }));
            int total = 0;
            for (Future<Integer> f : running) total += f.get();
            Judge.same(100, total);
            AtomicValue<Long> value = new DistributedAtomicLong(clients.get(0), "/atomic", new RetryNTimes(3, 10)).get();
            Judge.same(100, value.postValue());
            Recipes.close(clients);
        });
        judge.check("atomic integer: compare and set, and numbers in blocks", () -> {
            CuratorFramework c = recipes.client();
            DistributedAtomicInteger counter = new DistributedAtomicInteger(c, "/atomic-int", new RetryNTimes(3, 10));
            Judge.yes(counter.initialize(5), "it begins");
            Judge.yes(!counter.compareAndSet(4, 9).succeeded(), "4 it was not");
            Judge.yes(counter.compareAndSet(5, 9).succeeded(), "5 it was");
            Judge.same(7, counter.subtract(2).postValue());
            CachedAtomicLong blocks = new CachedAtomicLong(new DistributedAtomicLong(c, "/blocks", new RetryNTimes(3, 10)), 10);
            List<Long> seen = new ArrayList<>();
            for (int i = 0; i < 25; i++) seen.add(blocks.next().postValue());
            Judge.same(25, new TreeSet<>(seen).size());
            c.close();
        });
        judge.check("shared count and value: everybody sees what one sets", () -> {
            List<CuratorFramework> c = recipes.clients(2);
            SharedCount here = new SharedCount(c.get(0), "/count", 3), there = new SharedCount(c.get(1), "/count", 3);
            here.start();
            there.start();
            Judge.same(3, there.getCount());
            here.setCount(8);
            Judge.until("the other sees 8", () -> there.getCount() == 8);
            Judge.yes(there.trySetCount(there.getVersionedValue(), 9), "a set on the newest");
            Judge.until("the first sees 9", () -> here.getCount() == 9);
            SharedValue value = new SharedValue(c.get(0), "/value", "seed".getBytes());
            value.start();
            Judge.same("seed", new String(value.getValue()));
            value.setValue("next".getBytes());
            Judge.same("next", new String(c.get(1).getData().forPath("/value")));
            here.close();
            there.close();
            value.close();
            Recipes.close(c);
        });
    }

    private static final QueueSerializer<String> TEXT = new QueueSerializer<>() {
        @Override public byte[] serialize(String item) { return item.getBytes(); }
        @Override public String deserialize(byte[] bytes) { return new String(bytes); }
    };

    private static final class Got implements QueueConsumer<String> {
        final List<String> items;
        Got(List<String> items) { this.items = items; }
        @Override public void consumeMessage(String item) { items.add(item); }
        @Override public void stateChanged(CuratorFramework client, ConnectionState state) { }
    }

    private static List<String> list() { return Collections.synchronizedList(new ArrayList<>()); }

    private void queues() throws Exception {
        judge.check("queue: in order, each once, also with two consumers", () -> {
            List<CuratorFramework> c = recipes.clients(3);
            List<String> one = list(), both = list();
            DistributedQueue<String> put = QueueBuilder.builder(c.get(0), null, TEXT, "/queue").buildQueue();
            put.start();
            for (int i = 0; i < 50; i++) put.put(String.format("%03d", i));
            put.flushPuts(20, TimeUnit.SECONDS);
            DistributedQueue<String> take = QueueBuilder.builder(c.get(1), new Got(one), TEXT, "/queue").lockPath("/queue-locks").buildQueue();
            take.start();
            Judge.until("all came", () -> one.size() == 50);
            Judge.same(one.stream().sorted().collect(Collectors.toList()), new ArrayList<>(one));
            take.close();
            List<DistributedQueue<String>> takers = new ArrayList<>();
            for (int i = 1; i < 3; i++) {
                DistributedQueue<String> q = QueueBuilder.builder(c.get(i), new Got(both), TEXT, "/queue").lockPath("/queue-locks").buildQueue();
                q.start();
                takers.add(q);
            }
            for (int i = 0; i < 60; i++) put.put("both" + i);
            Judge.until("all came", () -> both.size() >= 60);
            Judge.same(60, new TreeSet<>(both).size());
            Judge.same(60, both.size());
            for (DistributedQueue<String> q : takers) q.close();
            put.close();
            Recipes.close(c);
        });
        judge.check("priority queue: the smallest first", () -> {
            List<CuratorFramework> c = recipes.clients(2);
            DistributedPriorityQueue<String> put = QueueBuilder.builder(c.get(0), null, TEXT, "/priority").buildPriorityQueue(0);
            put.start();
            for (int p : new int[] {5, 1, 9, -3, 7}) put.put("p" + p, p);
            put.flushPuts(20, TimeUnit.SECONDS);
            List<String> got = list();
            DistributedPriorityQueue<String> take = QueueBuilder.builder(c.get(1), new Got(got), TEXT, "/priority").buildPriorityQueue(0);
            take.start();
            Judge.until("all came", () -> got.size() == 5);
            Judge.same(List.of("p-3", "p1", "p5", "p7", "p9"), new ArrayList<>(got));
            take.close();
            put.close();
            Recipes.close(c);
        });
        judge.check("delay queue: not before its time", () -> {
            CuratorFramework c = recipes.client();
            List<String> got = list();
            DistributedDelayQueue<String> queue = QueueBuilder.builder(c, new Got(got), TEXT, "/delay").buildDelayQueue();
            queue.start();
            long start = System.currentTimeMillis();
            queue.put("late", start + 1_500);
            queue.put("soon", start + 200);
            Judge.until("both came", () -> got.size() == 2);
            Judge.yes(System.currentTimeMillis() - start >= 1_500, "not early");
            Judge.same(List.of("soon", "late"), new ArrayList<>(got));
            queue.close();
            c.close();
        });
        judge.check("queue with ids: one is taken out again", () -> {
            CuratorFramework c = recipes.client();
            DistributedIdQueue<String> queue = QueueBuilder.builder(c, null, TEXT, "/ids").buildIdQueue();
            queue.start();
            queue.put("a", "id-a");
            queue.put("b", "id-b");
            queue.flushPuts(20, TimeUnit.SECONDS);
            Judge.same(1, queue.remove("id-a"));
            Judge.same(0, queue.remove("id-a"));
            queue.close();
            c.close();
        });
        judge.check("simple queue: offer, peek, poll, take", () -> {
            List<CuratorFramework> c = recipes.clients(2);
            SimpleDistributedQueue here = new SimpleDistributedQueue(c.get(0), "/simple"), there = new SimpleDistributedQueue(c.get(1), "/simple");
            Judge.same(null, here.poll());
            for (int i = 0; i < 10; i++) here.offer(("n" + i).getBytes());
            Judge.same("n0", new String(there.peek()));
            for (int i = 0; i < 10; i++) Judge.same("n" + i, new String((i % 2 == 0 ? here : there).take()));
            Future<byte[]> waiting = recipes.go(() -> there.poll(20, TimeUnit.SECONDS));
            here.offer("late".getBytes());
            Judge.same("late", new String(waiting.get()));
            Recipes.close(c);
        });
    }
}
