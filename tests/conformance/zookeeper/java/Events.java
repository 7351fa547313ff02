import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;

/** A watcher that keeps what it hears: "NodeCreated /a", and "SyncConnected" and the like for a change of the session. */
final class Events implements Watcher {
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final boolean sessions;

    Events() { this(false); }

    Events(boolean sessions) { this.sessions = sessions; }

    @Override public void process(WatchedEvent event) {
        if (event.getType() != Event.EventType.None) heard.add(event.getType() + " " + event.getPath());
        else if (sessions) heard.add(event.getState().toString());
    }

    String next() throws InterruptedException {
        String event = heard.poll(20, TimeUnit.SECONDS);
        return event == null ? "nothing" : event;
    }

    void expect(String... events) throws InterruptedException {
        for (String event : events) Judge.same(event, next());
    }

    /** Nothing more was heard; call it after a round trip on the same session. */
    void silent() throws InterruptedException {
        Judge.same(null, heard.poll(100, TimeUnit.MILLISECONDS));
    }

    /** Drops what was heard up to this event. */
    void skipTo(String event) throws InterruptedException {
        String next;
        do {
            next = next();
            Judge.yes(!next.equals("nothing"), event + " comes");
        } while (!next.equals(event));
    }
}
