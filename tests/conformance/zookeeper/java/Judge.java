import java.util.Arrays;
import java.util.Collection;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.zookeeper.KeeperException;

/** Runs named checks one after the other, each bounded in time, and counts them. */
final class Judge {
    interface Check { void run() throws Exception; }
    interface Condition { boolean holds() throws Exception; }

    private static final int LIMIT_S = 90;
    private final ExecutorService threads = Executors.newCachedThreadPool(r -> {
        Thread t = new Thread(r, "check");
        t.setDaemon(true);
        return t;
    });
    private final String only = System.getenv().getOrDefault("ONLY", "");
    private int passed;
    private int failed;

    void check(String name, Check check) throws InterruptedException {
        if (!name.contains(only)) return;
        Future<?> running = threads.submit(() -> { check.run(); return null; });
        long start = System.nanoTime();
        try {
            running.get(LIMIT_S, TimeUnit.SECONDS);
            passed++;
            System.out.printf("ok   %s (%d ms)%n", name, (System.nanoTime() - start) / 1_000_000);
        } catch (ExecutionException e) {
            failed++;
            Throwable cause = e.getCause();
            StackTraceElement at = Arrays.stream(cause.getStackTrace())
                .filter(f -> f.getFileName() != null && (f.getClassName().startsWith("Client") || f.getClassName().startsWith("Recipes") || f.getClassName().startsWith("Sessions")))
                .findFirst().orElse(null);
            System.out.println("FAIL " + name + ": " + cause + " at " + at);
        } catch (TimeoutException e) {
            failed++;
            running.cancel(true);
            System.out.println("FAIL " + name + ": not finished after " + LIMIT_S + " s");
        }
        System.out.flush();
    }

    /** Prints the closing line and ends the process. */
    void finish() {
        System.out.println(passed + " passed, " + failed + " failed");
        System.out.flush();
        Runtime.getRuntime().halt(failed == 0 && passed > 0 ? 0 : 1);
    }

    static void same(Object expected, Object actual) {
        boolean equal = expected instanceof byte[] && actual instanceof byte[]
            ? Arrays.equals((byte[]) expected, (byte[]) actual)
            : expected instanceof Number && actual instanceof Number
                ? ((Number) expected).longValue() == ((Number) actual).longValue()
                : java.util.Objects.equals(expected, actual);
        if (!equal) throw new AssertionError("expected " + text(expected) + ", got " + text(actual));
    }

    static void yes(boolean condition, String what) {
        if (!condition) throw new AssertionError("not so: " + what);
    }

    private static String text(Object o) {
        if (o instanceof byte[]) return Arrays.toString((byte[]) o);
        if (o instanceof Collection) return o.getClass().getSimpleName() + o;
        return String.valueOf(o);
    }

    /** The code with which this fails; it must fail. */
    static KeeperException.Code code(Check check) throws Exception {
        try {
            check.run();
        } catch (KeeperException e) {
            return e.code();
        }
        throw new AssertionError("nothing failed");
    }

    static void until(String what, Condition condition) throws Exception { until(what, 20_000, condition); }

    static void until(String what, long limitMs, Condition condition) throws Exception {
        long end = System.nanoTime() + limitMs * 1_000_000;
        while (!condition.holds()) {
            if (System.nanoTime() > end) throw new AssertionError("did not come: " + what);
            Thread.sleep(5);
        }
    }
}
