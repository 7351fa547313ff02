import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.locks.InterProcessLock;
import org.apache.curator.framework.recipes.locks.InterProcessMultiLock;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreMutex;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.framework.recipes.locks.Revoker;
import org.apache.curator.retry.RetryNTimes;

/**
 * Apache Curator's recipes as the judge of a server: locks here, the rest in RecipesOfLeaders, RecipesOfCaches and
 * RecipesOfValues. usage: Recipes HOST:PORT
 */
public final class Recipes {
    final Judge judge = new Judge();
    final String server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private Recipes(String server) { this.server = server; }

    public static void main(String[] args) throws Exception {
        Recipes recipes = new Recipes(args[0]);
        recipes.locks();
        new RecipesOfLeaders(recipes).all();
        new RecipesOfCaches(recipes).all();
        new RecipesOfValues(recipes).all();
        recipes.judge.finish();
    }

    CuratorFramework client() throws Exception { return client(server, 10_000); }

    static CuratorFramework client(String server, int timeoutMs) throws Exception {
        CuratorFramework c = CuratorFrameworkFactory.builder().connectString(server).sessionTimeoutMs(timeoutMs).connectionTimeoutMs(10_000).retryPolicy(new RetryNTimes(20, 200)).namespace("recipes").build();
        c.start();
        Judge.yes(c.blockUntilConnected(20, TimeUnit.SECONDS), "a client connects");
        return c;
    }

    List<CuratorFramework> clients(int n) throws Exception {
        List<CuratorFramework> clients = new ArrayList<>();
        for (int i = 0; i < n; i++) clients.add(client());
        return clients;
    }

    static void close(List<CuratorFramework> clients) { clients.forEach(CuratorFramework::close); }

    <T> Future<T> go(Callable<T> work) { return threads.submit(work); }

    private interface LockOf { InterProcessLock make(CuratorFramework client); }

    /** Five clients take the lock in turns; never two at once, never an update lost. */
    private void excludes(LockOf lockOf) throws Exception {
        List<CuratorFramework> clients = clients(5);
        AtomicInteger inside = new AtomicInteger();
        int[] total = {0};
        List<Future<Void>> running = new ArrayList<>();
        for (CuratorFramework c : clients) {
            InterProcessLock lock = lockOf.make(c);
            running.add(go(() -> {
                for (int i = 0; i < 12; i++) {
                    Judge.yes(lock.acquire(60, TimeUnit.SECONDS), "the lock comes");
                    try {
                        Judge.same(1, inside.incrementAndGet());
                        total[0]++;
                    } finally {
                        inside.decrementAndGet();
                        lock.release();
                    }
                }
                return null;
            }));
        }
        for (Future<Void> f : running) f.get();
        Judge.same(60, total[0]);
        close(clients);
    }

    private void locks() throws Exception {
        judge.check("mutex: one at a time", () -> excludes(c -> new InterProcessMutex(c, "/mutex")));
        judge.check("semaphore mutex: one at a time", () -> excludes(c -> new InterProcessSemaphoreMutex(c, "/semaphore-mutex")));
        judge.check("write lock: one at a time", () -> excludes(c -> new InterProcessReadWriteLock(c, "/rw").writeLock()));
        judge.check("multi lock: one at a time", () -> excludes(c -> new InterProcessMultiLock(c, List.of("/multi-a", "/multi-b"))));
        judge.check("mutex: a holder may take it again, others time out", () -> {
            List<CuratorFramework> c = clients(2);
            InterProcessMutex mine = new InterProcessMutex(c.get(0), "/again"), other = new InterProcessMutex(c.get(1), "/again");
            mine.acquire();
            mine.acquire();
            Judge.yes(!other.acquire(300, TimeUnit.MILLISECONDS), "it is taken");
            mine.release();
            Judge.yes(!other.acquire(300, TimeUnit.MILLISECONDS), "it is still taken");
            mine.release();
            Judge.yes(other.acquire(10, TimeUnit.SECONDS), "it is free");
            Judge.same(1, other.getParticipantNodes().size());
            other.release();
            close(c);
        });
        judge.check("mutex: who waits longest is next", () -> {
            List<CuratorFramework> clients = clients(4);
            InterProcessMutex first = new InterProcessMutex(clients.get(0), "/fair");
            first.acquire();
            List<Integer> order = Collections.synchronizedList(new ArrayList<>());
            List<Future<Void>> running = new ArrayList<>();
            for (int i = 1; i < 4; i++) {
                int n = i;
                InterProcessMutex lock = new InterProcessMutex(clients.get(i), "/fair");
                running.add(go(() -> { lock.acquire(); order.add(n); lock.release(); return null; }));
                Judge.until("it waits", () -> first.getParticipantNodes().size() == n + 1);
            }
            first.release();
            for (Future<Void> f : running) f.get();
            Judge.same(List.of(1, 2, 3), order);
            close(clients);
        });
        judge.check("mutex: a lost session gives the lock to the next", () -> {
            try (Link link = new Link(server)) {
                CuratorFramework far = client(link.address(), 4_000), near = client();
                InterProcessMutex mine = new InterProcessMutex(far, "/lost"), other = new InterProcessMutex(near, "/lost");
                mine.acquire();
                link.cut();
                long start = System.nanoTime();
                Judge.yes(other.acquire(30, TimeUnit.SECONDS), "it comes");
                Judge.yes(System.nanoTime() - start > 2_000_000_000L, "not before the session is over");
                other.release();
                near.close();
                go(() -> { far.close(); return null; });
            }
        });
        judge.check("mutex: a short cut of the connection keeps it", () -> {
            try (Link link = new Link(server)) {
                CuratorFramework far = client(link.address(), 10_000), near = client();
                InterProcessMutex mine = new InterProcessMutex(far, "/cut"), other = new InterProcessMutex(near, "/cut");
                mine.acquire();
                link.drop();
                Judge.yes(!other.acquire(1_500, TimeUnit.MILLISECONDS), "it is still taken");
                mine.release();
                Judge.yes(other.acquire(10, TimeUnit.SECONDS), "it is free");
                near.close();
                far.close();
            }
        });
        judge.check("mutex: its holder hears that somebody wants it", () -> {
            List<CuratorFramework> c = clients(2);
            InterProcessMutex mine = new InterProcessMutex(c.get(0), "/revoke");
            CountDownLatch asked = new CountDownLatch(1);
            mine.makeRevocable(lock -> asked.countDown());
            mine.acquire();
            Revoker.attemptRevoke(c.get(1), mine.getParticipantNodes().iterator().next());
            Judge.yes(asked.await(20, TimeUnit.SECONDS), "it is asked");
            mine.release();
            close(c);
        });
        judge.check("read locks share, the write lock waits for them", () -> {
            List<CuratorFramework> c = clients(3);
            List<InterProcessReadWriteLock> locks = new ArrayList<>();
            for (CuratorFramework client : c) locks.add(new InterProcessReadWriteLock(client, "/share"));
            locks.get(0).readLock().acquire();
            Judge.yes(locks.get(1).readLock().acquire(10, TimeUnit.SECONDS), "two read");
            Judge.yes(!locks.get(2).writeLock().acquire(300, TimeUnit.MILLISECONDS), "nobody writes");
            locks.get(0).readLock().release();
            locks.get(1).readLock().release();
            Judge.yes(locks.get(2).writeLock().acquire(10, TimeUnit.SECONDS), "now one writes");
            Judge.yes(!locks.get(0).readLock().acquire(300, TimeUnit.MILLISECONDS), "and nobody reads");
            Judge.yes(locks.get(2).readLock().acquire(10, TimeUnit.SECONDS), "but who writes");
            locks.get(2).readLock().release();
            locks.get(2).writeLock().release();
            close(c);
        });
        judge.check("semaphore: as many leases as there are", () -> {
            List<CuratorFramework> clients = clients(6);
            AtomicInteger inside = new AtomicInteger(), most = new AtomicInteger();
            List<Future<Void>> running = new ArrayList<>();
            for (CuratorFramework c : clients) {
                InterProcessSemaphoreV2 semaphore = new InterProcessSemaphoreV2(c, "/semaphore", 3);
                running.add(go(() -> {
                    for (int i = 0; i < 5; i++) {
                        Lease lease = semaphore.acquire(60, TimeUnit.SECONDS);
                        Judge.yes(lease != null, "a lease");
                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                        Thread.sleep(20);
                        inside.decrementAndGet();
                        semaphore.returnLease(lease);
                    }
                    return null;
                }));
            }
            for (Future<Void> f : running) f.get();
            Judge.yes(most.get() <= 3, "never more than 3, was " + most);
            InterProcessSemaphoreV2 all = new InterProcessSemaphoreV2(clients.get(0), "/semaphore", 3);
            Judge.same(3, all.acquire(3, 20, TimeUnit.SECONDS).size());
            Judge.same(null, all.acquire(300, TimeUnit.MILLISECONDS));
            close(clients);
        });
    }
}
