import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.cache.ChildData;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.framework.recipes.cache.NodeCache;
import org.apache.curator.framework.recipes.cache.PathChildrenCache;
import org.apache.curator.framework.recipes.cache.TreeCache;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.recipes.nodes.PersistentTtlNode;
import org.apache.curator.framework.recipes.watch.PersistentWatcher;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.ServiceProvider;
import org.apache.zookeeper.CreateMode;

/** Caches over watches of every kind, nodes that stay, service discovery. */
@SuppressWarnings("deprecation")
final class RecipesOfCaches {
    private final Recipes recipes;
    private final Judge judge;

    RecipesOfCaches(Recipes recipes) {
        this.recipes = recipes;
        judge = recipes.judge;
    }

    void all() throws Exception {
        caches();
        afterCuts();
        nodes();
        judge.check("services are registered, found, and forgotten", () -> {
            List<CuratorFramework> c = recipes.clients(2);
            ServiceInstance<Void> mine = ServiceInstance.<Void>builder().name("web").address("10.0.0.1").port(80).build();
            ServiceDiscovery<Void> here = ServiceDiscoveryBuilder.builder(Void.class).client(c.get(0)).basePath("/services").thisInstance(mine).build();
            ServiceDiscovery<Void> there = ServiceDiscoveryBuilder.builder(Void.class).client(c.get(1)).basePath("/services").build();
            here.start();
            there.start();
            ServiceProvider<Void> provider = there.serviceProviderBuilder().serviceName("web").build();
            provider.start();
            Judge.until("it is found", () -> provider.getInstance() != null);
            Judge.same("10.0.0.1", provider.getInstance().getAddress());
            here.close();
            Judge.until("it is gone", () -> provider.getInstance() == null);
            provider.close();
            there.close();
            Recipes.close(c);
        });
    }

    /** Data by path below a root, as the server has it. */
    private static Map<String, String> truth(CuratorFramework c, String path) throws Exception {
        Map<String, String> all = new TreeMap<>();
        all.put(path, new String(c.getData().forPath(path)));
        for (String child : c.getChildren().forPath(path)) all.putAll(truth(c, path + "/" + child));
        return all;
    }

    private static Map<String, String> held(CuratorCache cache) {
        Map<String, String> all = new TreeMap<>();
        cache.stream().forEach(d -> all.put(d.getPath(), new String(d.getData())));
        return all;
    }

    private static Map<String, String> held(TreeCache cache, String path) {
        Map<String, String> all = new TreeMap<>();
        ChildData here = cache.getCurrentData(path);
        if (here != null) all.put(path, new String(here.getData()));
        Map<String, ChildData> children = cache.getCurrentChildren(path);
        if (children != null) for (String child : children.keySet()) all.putAll(held(cache, path + "/" + child));
        return all;
    }

    private static void churn(CuratorFramework c, String root, int seed, int steps) throws Exception {
        java.util.Random random = new java.util.Random(seed);
        for (int i = 0; i < steps; i++) {
            String path = root;
            for (int depth = random.nextInt(3) + 1; depth > 0; depth--) path += "/" + "abc".charAt(random.nextInt(3));
            byte[] data = ("v" + i).getBytes();
            if (random.nextInt(4) == 0) c.delete().quietly().deletingChildrenIfNeeded().forPath(path);
            else c.create().orSetData().creatingParentsIfNeeded().forPath(path, data);
        }
    }

    private void caches() throws Exception {
        judge.check("node cache: follows one node", () -> {
            List<CuratorFramework> c = recipes.clients(2);
            NodeCache cache = new NodeCache(c.get(0), "/node");
            cache.start(true);
            Judge.same(null, cache.getCurrentData());
            for (String value : List.of("one", "two", "three")) {
                c.get(1).create().orSetData().forPath("/node", value.getBytes());
                Judge.until("it has " + value, () -> cache.getCurrentData() != null && new String(cache.getCurrentData().getData()).equals(value));
            }
            c.get(1).delete().forPath("/node");
            Judge.until("it is gone", () -> cache.getCurrentData() == null);
            cache.close();
            Recipes.close(c);
        });
        judge.check("path children cache: each event, in order", () -> {
            List<CuratorFramework> c = recipes.clients(2);
            c.get(0).create().forPath("/children", new byte[0]);
            PathChildrenCache cache = new PathChildrenCache(c.get(0), "/children", true);
            List<String> events = Collections.synchronizedList(new ArrayList<>());
            cache.getListenable().addListener((client, e) -> { if (e.getData() != null) events.add(e.getType() + " " + e.getData().getPath()); });
            cache.start(PathChildrenCache.StartMode.BUILD_INITIAL_CACHE);
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                String path = "/children/" + i;
                c.get(1).create().forPath(path, new byte[0]);
                expected.add("CHILD_ADDED " + path);
                Judge.until("added", () -> events.equals(expected));
                c.get(1).setData().forPath(path, new byte[3]);
                expected.add("CHILD_UPDATED " + path);
                Judge.until("updated", () -> events.equals(expected));
            }
            c.get(1).delete().forPath("/children/2");
            expected.add("CHILD_REMOVED /children/2");
            Judge.until("removed", () -> events.equals(expected));
            Judge.same(4, cache.getCurrentData().size());
            cache.close();
            Recipes.close(c);
        });
        judge.check("tree cache: is what the server has after much change", () -> {
            List<CuratorFramework> c = recipes.clients(2);
            c.get(0).create().forPath("/tree", new byte[0]);
            TreeCache cache = new TreeCache(c.get(0), "/tree");
            cache.start();
            churn(c.get(1), "/tree", 1, 300);
            Map<String, String> truth = truth(c.get(1), "/tree");
            Judge.until("it is the same", () -> held(cache, "/tree").equals(truth));
            cache.close();
            Recipes.close(c);
        });
        judge.check("curator cache (recursive watch): is what the server has after much change", () -> {
            List<CuratorFramework> c = recipes.clients(2);
            c.get(0).create().forPath("/cache", new byte[0]);
            churn(c.get(1), "/cache", 2, 60);
            CuratorCache cache = CuratorCache.build(c.get(0), "/cache");
            CountDownLatch ready = new CountDownLatch(1);
            cache.listenable().addListener(CuratorCacheListener.builder().forInitialized(ready::countDown).build());
            cache.start();
            Judge.yes(ready.await(20, TimeUnit.SECONDS), "ready");
            churn(c.get(1), "/cache", 3, 300);
            Map<String, String> truth = truth(c.get(1), "/cache");
            Judge.until("it is the same", () -> held(cache).equals(truth));
            cache.close();
            Recipes.close(c);
        });
        judge.check("persistent watcher: hears everything below", () -> {
            List<CuratorFramework> c = recipes.clients(2);
            Events events = new Events();
            PersistentWatcher watcher = new PersistentWatcher(c.get(0), "/recipes-watched", true);
            watcher.getListenable().addListener(events);
            CountDownLatch ready = new CountDownLatch(1);
            watcher.getResetListenable().addListener(ready::countDown);
            watcher.start();
            Judge.yes(ready.await(20, TimeUnit.SECONDS), "it is set");
            c.get(1).create().creatingParentsIfNeeded().forPath("/recipes-watched/a/b", new byte[0]);
            c.get(1).delete().deletingChildrenIfNeeded().forPath("/recipes-watched/a");
            events.expect("NodeCreated /recipes-watched", "NodeCreated /recipes-watched/a", "NodeCreated /recipes-watched/a/b", "NodeDeleted /recipes-watched/a/b", "NodeDeleted /recipes-watched/a");
            watcher.close();
            Recipes.close(c);
        });
    }

    private void afterCuts() throws Exception {
        // A CuratorCache does not catch up with changes below an unchanged node, with Apache ZooKeeper neither.
        judge.check("a tree cache catches up after cuts of the connection, short and long", () -> {
            try (Link link = new Link(recipes.server)) {
                CuratorFramework far = Recipes.client(link.address(), 4_000), near = recipes.client();
                near.create().forPath("/cut-tree", new byte[0]);
                TreeCache tree = new TreeCache(far, "/cut-tree");
                tree.start();
                for (int round = 0; round < 3; round++) {
                    churn(near, "/cut-tree", 10 + round, 60);
                    if (round == 1) {
                        link.cut();
                        churn(near, "/cut-tree", 20, 60);
                        // Longer than the session lives.
                        Thread.sleep(8_000);
                        link.mend();
                    } else {
                        link.drop();
                    }
                    churn(near, "/cut-tree", 30 + round, 60);
                    Map<String, String> truth = truth(near, "/cut-tree");
                    Judge.until("the tree cache is the same", 40_000, () -> held(tree, "/cut-tree").equals(truth));
                }
                tree.close();
                near.close();
                far.close();
            }
        });
    }

    private void nodes() throws Exception {
        judge.check("a persistent ephemeral node is made again when its session is lost", () -> {
            try (Link link = new Link(recipes.server)) {
                CuratorFramework far = Recipes.client(link.address(), 4_000), near = recipes.client();
                PersistentNode node = new PersistentNode(far, CreateMode.EPHEMERAL, false, "/stays", "x".getBytes());
                node.start();
                Judge.yes(node.waitForInitialCreate(20, TimeUnit.SECONDS), "it is made");
                long owner = near.checkExists().forPath("/stays").getEphemeralOwner();
                link.cut();
                Judge.until("it goes", () -> near.checkExists().forPath("/stays") == null);
                link.mend();
                Judge.until("it comes back", 40_000, () -> near.checkExists().forPath("/stays") != null);
                Judge.yes(near.checkExists().forPath("/stays").getEphemeralOwner() != owner, "of another session");
                near.delete().forPath("/stays");
                Judge.until("and again when deleted", () -> near.checkExists().forPath("/stays") != null);
                node.close();
                Judge.same(null, near.checkExists().forPath("/stays"));
                near.close();
                far.close();
            }
        });
        judge.check("a persistent node with a time to live lives while it is touched", () -> {
            CuratorFramework c = recipes.client();
            PersistentTtlNode node = new PersistentTtlNode(c, "/ttl", 3_000, "x".getBytes());
            node.start();
            Judge.yes(node.waitForInitialCreate(20, TimeUnit.SECONDS), "it is made");
            Thread.sleep(5_000);
            Judge.yes(c.checkExists().forPath("/ttl") != null, "it lives");
            node.close();
            Judge.until("it is gone", () -> c.checkExists().forPath("/ttl") == null);
            c.close();
        });
        judge.check("parents are made as containers and go with their last child", () -> {
            CuratorFramework c = recipes.client();
            c.create().creatingParentContainersIfNeeded().forPath("/box/in/a", new byte[0]);
            c.delete().guaranteed().forPath("/box/in/a");
            Judge.until("they are gone", () -> c.checkExists().forPath("/box") == null);
            c.close();
        });
        judge.check("a protected sequential node is made once although the answer is lost", () -> {
            try (Link link = new Link(recipes.server)) {
                CuratorFramework far = Recipes.client(link.address(), 10_000), near = recipes.client();
                near.create().forPath("/protected", new byte[0]);
                for (int i = 0; i < 30; i++) {
                    if (i % 10 == 5) link.drop();
                    far.create().withProtection().withMode(CreateMode.EPHEMERAL_SEQUENTIAL).forPath("/protected/n-");
                }
                Judge.same(30, near.getChildren().forPath("/protected").size());
                far.close();
                near.close();
            }
        });
    }
}
