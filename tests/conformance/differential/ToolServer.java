import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Runs main() of Apache Kafka's tools many times in one JVM, several at once, each as if it had a process of its own.
 *
 * <p>Usage: java ToolServer LIBDIR [JAR…]. A request is a line: an id, the main class, the milliseconds after which the run is
 * given up, stdin and then the arguments, all but the first three in Base64, between blanks. The answer is a line: the id,
 * the exit code (124: given up), stdout and stderr in Base64. Answers come as runs end.
 *
 * <p>Each run has a thread group, and what its threads print, read, and ask of Kafka's Exit is the run's own: a thread
 * belongs to the group of who made it. The tools' classes are loaded anew for each run, for some keep state in statics; the
 * libraries below them are loaded once.
 */
public final class ToolServer {
    private static final int GIVEN_UP = 124;
    /** How many runs go on at once, at most; who asks sees to fewer. */
    private static final int THREADS = 16;
    /** What a run may print to each stream; more is an error of the case. */
    private static final int MOST_BYTES = 16 << 20;
    /** How long the hooks of a run, which a JVM runs at its end, may take. */
    private static final long HOOKS_MS = 5_000;

    private static final PrintStream ANSWERS = System.out;
    private static final PrintStream COMPLAINTS = System.err;

    /** The JVM's table of what is to run at its end, and what guards it (java.lang.ApplicationShutdownHooks). */
    private static Map<Thread, Thread> jvmHooks;
    private static Object jvmHooksLock;

    private static URLClassLoader libraries;
    private static URL[] tools;

    /** Unwinds the thread that asked for the exit. */
    private static final class Exited extends Error {
        Exited() {
            super("exited", null, false, false);
        }
    }

    /** One run: its streams, its hooks, and its exit code once there is one. */
    private static final class Run extends ThreadGroup {
        final ByteArrayOutputStream out = new ByteArrayOutputStream(), err = new ByteArrayOutputStream();
        final InputStream in;
        final List<Runnable> hooks = new ArrayList<>();
        private Integer code;
        private boolean ending;

        Run(String id, byte[] stdin) {
            super("run " + id);
            in = new ByteArrayInputStream(stdin);
        }

        synchronized void write(ByteArrayOutputStream to, byte[] bytes, int from, int length) {
            if (code == null && to.size() + length <= MOST_BYTES) {
                to.write(bytes, from, length);
            }
        }

        /** The first exit counts. Hooks run before it is one, as those of a JVM do. */
        void exit(int status) {
            synchronized (this) {
                if (ending) {
                    return;
                }
                ending = true;
            }
            runHooks();
            end(status);
        }

        synchronized void end(int status) {
            ending = true;
            if (code == null) {
                // As a shell sees it.
                code = status & 0xff;
                notifyAll();
            }
        }

        private void runHooks() {
            List<Thread> threads = new ArrayList<>();
            synchronized (hooks) {
                for (Runnable hook : hooks) {
                    threads.add(new Thread(this, hook, "hook"));
                }
            }
            threads.addAll(hooksOfTheJvm());
            threads.forEach(Thread::start);
            long end = System.currentTimeMillis() + HOOKS_MS;
            for (Thread thread : threads) {
                try {
                    thread.join(Math.max(1, end - System.currentTimeMillis()));
                } catch (InterruptedException e) {
                    return;
                }
            }
        }

        /** Those that its threads left with the JVM itself, which does not run them now. */
        private List<Thread> hooksOfTheJvm() {
            List<Thread> own = new ArrayList<>();
            synchronized (jvmHooksLock) {
                for (Thread hook : new ArrayList<>(jvmHooks.keySet())) {
                    for (ThreadGroup group = hook.getThreadGroup(); group != null; group = group.getParent()) {
                        if (group == this && jvmHooks.remove(hook) != null) {
                            own.add(hook);
                        }
                    }
                }
            }
            return own;
        }

        synchronized int await(long millis) throws InterruptedException {
            long end = System.currentTimeMillis() + millis;
            while (code == null) {
                long left = end - System.currentTimeMillis();
                if (left <= 0) {
                    code = GIVEN_UP;
                    ending = true;
                } else {
                    wait(left);
                }
            }
            return code;
        }

        /** What a JVM does when a thread dies of something. */
        @Override
        public void uncaughtException(Thread thread, Throwable e) {
            if (!(e instanceof Exited)) {
                System.err.print("Exception in thread \"" + thread.getName() + "\" ");
                e.printStackTrace();
            }
        }

        /** Until no thread but the caller is left that would keep a JVM from ending. */
        void awaitThreads() throws InterruptedException {
            Thread[] threads = new Thread[256];
            while (true) {
                int count = enumerate(threads, true);
                boolean busy = false;
                for (Thread thread : Arrays.copyOf(threads, count)) {
                    busy |= !thread.isDaemon() && thread != Thread.currentThread();
                }
                if (!busy) {
                    return;
                }
                Thread.sleep(5);
            }
        }
    }

    private static Run current() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        while (group != null && !(group instanceof Run)) {
            group = group.getParent();
        }
        return (Run) group;
    }

    /** A stream of the run whose thread writes; threads of no run (a library's, made once) have nobody who listens. */
    private static PrintStream shared(boolean isOut) {
        return new PrintStream(new OutputStream() {
            @Override
            public void write(int b) {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int from, int length) {
                Run run = current();
                if (run != null) {
                    run.write(isOut ? run.out : run.err, bytes, from, length);
                }
            }
        }, true, StandardCharsets.UTF_8);
    }

    private static InputStream sharedInput() {
        return new InputStream() {
            private InputStream own() {
                Run run = current();
                return run == null ? InputStream.nullInputStream() : run.in;
            }

            @Override
            public int read() throws IOException {
                return own().read();
            }

            @Override
            public int read(byte[] bytes, int from, int length) throws IOException {
                return own().read(bytes, from, length);
            }

            @Override
            public int available() throws IOException {
                return own().available();
            }
        };
    }

    private static void exit(int status) {
        Run run = current();
        if (run != null) {
            run.exit(status);
        }
        throw new Exited();
    }

    /** Kafka's and ZooKeeper's doors out of the JVM lead here. */
    private static void takeDoors() throws ReflectiveOperationException {
        Class<?> door;
        try {
            door = Class.forName("org.apache.kafka.common.utils.Exit", true, libraries);
        } catch (ClassNotFoundException e) {
            // Where 4.4 has it.
            door = Class.forName("org.apache.kafka.common.utils.internals.Exit", true, libraries);
        }
        for (Method method : door.getMethods()) {
            if (method.getName().equals("setExitProcedure") || method.getName().equals("setHaltProcedure")) {
                boolean halts = method.getName().contains("Halt");
                method.invoke(null, proxy(method.getParameterTypes()[0], args -> {
                    if (halts && current() != null) {
                        current().end((int) args[0]);
                    }
                    exit((int) args[0]);
                }));
            } else if (method.getName().equals("setShutdownHookAdder")) {
                method.invoke(null, proxy(method.getParameterTypes()[0], args -> {
                    Run run = current();
                    if (run != null) {
                        synchronized (run.hooks) {
                            run.hooks.add((Runnable) args[1]);
                        }
                    }
                }));
            }
        }
        try {
            Class<?> services = Class.forName("org.apache.zookeeper.util.ServiceUtils", true, libraries);
            for (Method method : services.getMethods()) {
                if (method.getName().equals("setSystemExitProcedure")) {
                    method.invoke(null, (java.util.function.Consumer<Integer>) ToolServer::exit);
                }
            }
        } catch (ClassNotFoundException e) {
            // Kafka 4 has no ZooKeeper.
        }
    }

    /** Whoever calls System.exit (argparse4j does) comes here; everything else is allowed. */
    @SuppressWarnings("removal")
    private static final class LastDoor extends SecurityManager {
        @Override
        public void checkExit(int status) {
            if (current() != null) {
                exit(status);
            }
        }

        @Override
        public void checkPermission(java.security.Permission permission) {}

        @Override
        public void checkPermission(java.security.Permission permission, Object context) {}
    }

    @SuppressWarnings("unchecked")
    private static void takeHooks() throws ReflectiveOperationException {
        Class<?> hooks = Class.forName("java.lang.ApplicationShutdownHooks");
        java.lang.reflect.Field table = hooks.getDeclaredField("hooks");
        table.setAccessible(true);
        jvmHooks = (Map<Thread, Thread>) table.get(null);
        jvmHooksLock = hooks;
    }

    private interface Action {
        void run(Object[] args);
    }

    private static Object proxy(Class<?> type, Action action) {
        return Proxy.newProxyInstance(libraries, new Class<?>[] {type}, (self, method, args) -> {
            if (method.getDeclaringClass() == Object.class) {
                return method.getName().equals("equals") ? (Object) (self == args[0]) : (Object) "door";
            }
            action.run(args);
            return null;
        });
    }

    private static void runTool(Run run, String main, String[] args) {
        try (URLClassLoader loader = new URLClassLoader(tools, libraries)) {
            Thread.currentThread().setContextClassLoader(loader);
            Method method = Class.forName(main, true, loader).getMethod("main", String[].class);
            int status = 0;
            try {
                method.invoke(null, (Object) args);
            } catch (InvocationTargetException e) {
                if (!(e.getCause() instanceof Exited)) {
                    status = 1;
                    run.uncaughtException(Thread.currentThread(), e.getCause());
                }
            }
            run.awaitThreads();
            run.exit(status);
        } catch (Exited e) {
            // It has its code.
        } catch (Throwable e) {
            e.printStackTrace();
            run.end(1);
        }
    }

    private static byte[] decode(String word) {
        return Base64.getDecoder().decode(word.equals("-") ? "" : word);
    }

    private static String encode(byte[] bytes) {
        return bytes.length == 0 ? "-" : Base64.getEncoder().encodeToString(bytes);
    }

    private static void answer(String line) {
        try {
            String[] words = line.split(" ");
            String[] args = new String[words.length - 4];
            for (int i = 0; i < args.length; i++) {
                args[i] = new String(decode(words[i + 4]), StandardCharsets.UTF_8);
            }
            Run run = new Run(words[0], decode(words[3]));
            Thread thread = new Thread(run, () -> runTool(run, words[1], args), "main");
            thread.start();
            int code = run.await(Long.parseLong(words[2]));
            if (code == GIVEN_UP) {
                run.interrupt();
            }
            synchronized (run) {
                String text = words[0] + " " + code + " " + encode(run.out.toByteArray()) + " " + encode(run.err.toByteArray());
                synchronized (ANSWERS) {
                    ANSWERS.println(text);
                    ANSWERS.flush();
                }
            }
        } catch (Throwable e) {
            e.printStackTrace(COMPLAINTS);
        }
    }

    private static URL url(File file) {
        try {
            return file.toURI().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(e);
        }
    }

    public static void main(String[] args) {
        try {
            serve(args);
        } catch (Throwable e) {
            e.printStackTrace(COMPLAINTS);
        }
        Runtime.getRuntime().halt(0);
    }

    @SuppressWarnings("removal")
    private static void serve(String[] places) throws Exception {
        List<File> jars = new ArrayList<>(Arrays.asList(new File(places[0]).listFiles((dir, name) -> name.endsWith(".jar"))));
        for (int i = 1; i < places.length; i++) {
            jars.add(new File(places[i]));
        }
        // The tools are in these two, some of them in either.
        java.util.function.Predicate<File> holdsTools = f -> f.getName().matches("(kafka-tools|kafka_2\\.1\\d)-\\d.*");
        tools = jars.stream().filter(holdsTools).map(ToolServer::url).toArray(URL[]::new);
        libraries = new URLClassLoader(jars.stream().filter(holdsTools.negate()).map(ToolServer::url).toArray(URL[]::new),
            ClassLoader.getPlatformClassLoader());
        System.setOut(shared(true));
        System.setErr(shared(false));
        System.setIn(sharedInput());
        // What log4j, and whatever else looks for resources at its start, finds.
        Thread.currentThread().setContextClassLoader(libraries);
        // It complains once, of having nothing to log with: to nobody.
        Class.forName("org.slf4j.LoggerFactory", true, libraries).getMethod("getILoggerFactory").invoke(null);
        takeDoors();
        takeHooks();
        System.setSecurityManager(new LastDoor());
        ExecutorService runs = Executors.newFixedThreadPool(THREADS);
        BufferedReader requests = new BufferedReader(new InputStreamReader(new java.io.FileInputStream(java.io.FileDescriptor.in), StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            String request = line;
            runs.submit(() -> answer(request));
        }
    }
}
