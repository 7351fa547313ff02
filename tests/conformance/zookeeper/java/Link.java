import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A loopback proxy to the server whose connections can be cut, refused, and held back. */
final class Link implements AutoCloseable {
    private final String host;
    private final int port;
    private final ServerSocket listener;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean open = true;

    Link(String server) throws IOException {
        int colon = server.lastIndexOf(':');
        host = server.substring(0, colon);
        port = Integer.parseInt(server.substring(colon + 1));
        listener = new ServerSocket(0, 64, InetAddress.getByName("127.0.0.1"));
        start(this::accept);
    }

    String address() { return "127.0.0.1:" + listener.getLocalPort(); }

    /** Cuts what is connected; new connections are cut too until {@link #mend}. */
    void cut() {
        open = false;
        drop();
    }

    void mend() { open = true; }

    /** Cuts what is connected; whoever asks again is let through. */
    void drop() {
        for (Socket s : sockets) quiet(s);
        sockets.clear();
    }

    @Override public void close() throws IOException {
        listener.close();
        cut();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                if (!open) { quiet(client); continue; }
                Socket server = new Socket(host, port);
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                sockets.add(client);
                sockets.add(server);
                start(() -> pump(client, server));
                start(() -> pump(server, client));
            } catch (IOException e) {
                // The listener was closed, or the server is away: the client sees its connection end.
            }
        }
    }

    private void pump(Socket from, Socket to) {
        byte[] buffer = new byte[65536];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n; (n = in.read(buffer)) > 0; ) out.write(buffer, 0, n);
        } catch (IOException e) {
            // Cut.
        }
        quiet(from);
        quiet(to);
        sockets.remove(from);
        sockets.remove(to);
    }

    private static void quiet(Socket s) {
        try { s.close(); } catch (IOException e) { /* it is gone */ }
    }

    private static void start(Runnable work) {
        Thread t = new Thread(work, "link");
        t.setDaemon(true);
        t.start();
    }
}
