import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderSelector;
import org.apache.curator.framework.recipes.leader.LeaderSelectorListenerAdapter;
import org.apache.curator.framework.recipes.nodes.GroupMember;

/** Leader elections, barriers and groups. */
final class RecipesOfLeaders {
    private final Recipes recipes;
    private final Judge judge;

    RecipesOfLeaders(Recipes recipes) {
        this.recipes = recipes;
        judge = recipes.judge;
    }

    void all() throws Exception {
        leaders();
        barriers();
        judge.check("group: its members see each other, and one leave", () -> {
            List<CuratorFramework> clients = recipes.clients(3);
            List<GroupMember> members = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                GroupMember m = new GroupMember(clients.get(i), "/group", "member-" + i, ("data-" + i).getBytes());
                m.start();
                members.add(m);
            }
            Judge.until("all see three", () -> members.stream().allMatch(m -> m.getCurrentMembers().size() == 3));
            Judge.same("data-1", new String(members.get(0).getCurrentMembers().get("member-1")));
            members.get(2).close();
            Judge.until("two are left", () -> members.get(0).getCurrentMembers().size() == 2 && members.get(1).getCurrentMembers().size() == 2);
            members.get(0).close();
            members.get(1).close();
            Recipes.close(clients);
        });
    }

    private static long leading(List<LeaderLatch> latches) { return latches.stream().filter(LeaderLatch::hasLeadership).count(); }

    private void leaders() throws Exception {
        judge.check("leader latch: one leads, another after it, to the last", () -> {
            List<CuratorFramework> clients = recipes.clients(4);
            List<LeaderLatch> latches = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                LeaderLatch latch = new LeaderLatch(clients.get(i), "/latch", "id-" + i);
                latch.start();
                latches.add(latch);
            }
            while (!latches.isEmpty()) {
                Judge.until("one leads", () -> leading(latches) == 1);
                Judge.same(latches.size(), latches.get(0).getParticipants().size());
                LeaderLatch leader = latches.stream().filter(LeaderLatch::hasLeadership).findFirst().get();
                Judge.same(leader.getId(), latches.get(0).getLeader().getId());
                latches.remove(leader);
                leader.close();
            }
            Recipes.close(clients);
        });
        judge.check("leader latch: a leader cut off steps down, another leads, and it comes back as a follower", () -> {
            try (Link link = new Link(recipes.server)) {
                CuratorFramework far = Recipes.client(link.address(), 4_000), near = recipes.client();
                LeaderLatch first = new LeaderLatch(far, "/latch-cut", "far");
                first.start();
                Judge.yes(first.await(20, TimeUnit.SECONDS), "it leads");
                LeaderLatch second = new LeaderLatch(near, "/latch-cut", "near");
                second.start();
                link.cut();
                Judge.until("the next leads", () -> second.hasLeadership());
                Judge.yes(!first.hasLeadership(), "the first knows");
                link.mend();
                Judge.until("both take part", 40_000, () -> second.getParticipants().size() == 2);
                Judge.yes(second.hasLeadership() && !first.hasLeadership(), "one leads");
                second.close();
                Judge.until("it leads again", 40_000, first::hasLeadership);
                first.close();
                near.close();
                far.close();
            }
        });
        judge.check("leader selector: everybody leads in turn, one at a time", () -> {
            List<CuratorFramework> clients = recipes.clients(4);
            AtomicInteger leading = new AtomicInteger();
            List<String> wrong = Collections.synchronizedList(new ArrayList<>());
            CountDownLatch turns = new CountDownLatch(20);
            List<LeaderSelector> selectors = new ArrayList<>();
            for (CuratorFramework c : clients) {
                LeaderSelector s = new LeaderSelector(c, "/selector", new LeaderSelectorListenerAdapter() {
                    @Override public void takeLeadership(CuratorFramework client) throws InterruptedException {
                        if (leading.incrementAndGet() != 1) wrong.add("two lead");
                        Thread.sleep(10);
                        leading.decrementAndGet();
                        turns.countDown();
                    }
                });
                s.autoRequeue();
                s.start();
                selectors.add(s);
            }
            Judge.yes(turns.await(60, TimeUnit.SECONDS), "20 turns");
            Judge.same(List.of(), wrong);
            selectors.forEach(LeaderSelector::close);
            Recipes.close(clients);
        });
    }

    private void barriers() throws Exception {
        judge.check("barrier: all wait until it is lifted", () -> {
            List<CuratorFramework> clients = recipes.clients(4);
            DistributedBarrier control = new DistributedBarrier(clients.get(0), "/barrier");
            control.setBarrier();
            AtomicInteger through = new AtomicInteger();
            List<Future<Boolean>> waiting = new ArrayList<>();
            for (CuratorFramework c : clients) waiting.add(recipes.go(() -> {
                boolean done = new DistributedBarrier(c, "/barrier").waitOnBarrier(60, TimeUnit.SECONDS);
                through.incrementAndGet();
                return done;
            }));
            Thread.sleep(300);
            Judge.same(0, through.get());
            control.removeBarrier();
            for (Future<Boolean> w : waiting) Judge.yes(w.get(), "let through");
            Judge.yes(new DistributedBarrier(clients.get(1), "/barrier").waitOnBarrier(1, TimeUnit.SECONDS), "nothing to wait for");
            Recipes.close(clients);
        });
        judge.check("double barrier: all enter together and leave together", () -> {
            int n = 5;
            List<CuratorFramework> clients = recipes.clients(n);
            AtomicInteger came = new AtomicInteger(), left = new AtomicInteger();
            List<Future<Void>> running = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                int number = i;
                running.add(recipes.go(() -> {
                    DistributedDoubleBarrier barrier = new DistributedDoubleBarrier(clients.get(number), "/double", n);
                    Thread.sleep(number * 100L);
                    came.incrementAndGet();
                    Judge.yes(barrier.enter(60, TimeUnit.SECONDS), "in");
                    Judge.same(n, came.get());
                    Thread.sleep(number * 50L);
                    left.incrementAndGet();
                    Judge.yes(barrier.leave(60, TimeUnit.SECONDS), "out");
                    Judge.same(n, left.get());
                    return null;
                }));
            }
            for (Future<Void> f : running) f.get();
            Recipes.close(clients);
        });
    }
}
