import java.io.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.stream.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.*;

/**
 * Apache Kafka's Admin client on standard input: a line is "BOOTSTRAP COMMAND ARGUMENT…", its answer one line, "ok …" or
 * "error …". One process for a whole suite, because starting a JVM per command would take most of its time.
 */
public class ClusterAdmin {
    static final Map<String, Admin> ADMINS = new HashMap<>();

    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = in.readLine()) != null; ) {
            String answer;
            try {
                String[] words = line.split(" ");
                Admin admin = ADMINS.computeIfAbsent(words[0], ClusterAdmin::open);
                answer = "ok " + run(admin, words[1], Arrays.copyOfRange(words, 2, words.length));
            } catch (Exception e) {
                Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
                answer = "error " + cause.getClass().getSimpleName() + ": " + String.valueOf(cause.getMessage()).replace('\n', ' ');
            }
            System.out.println(answer);
            System.out.flush();
        }
        ADMINS.values().forEach(a -> a.close(java.time.Duration.ofSeconds(2)));
    }

    static Admin open(String bootstrap) {
        return Admin.create(Map.of("bootstrap.servers", bootstrap, "request.timeout.ms", "10000", "default.api.timeout.ms", "40000",
                "metadata.max.age.ms", "2000", "reconnect.backoff.max.ms", "300"));
    }

    static List<Integer> ids(String text) {
        return Arrays.stream(text.split(",")).map(Integer::valueOf).collect(Collectors.toList());
    }

    static String names(List<Node> nodes) {
        return nodes.stream().map(n -> String.valueOf(n.id())).collect(Collectors.joining(","));
    }

    static String run(Admin admin, String command, String[] a) throws Exception {
        switch (command) {
            case "create":
                admin.createTopics(List.of(new NewTopic(a[0], Integer.parseInt(a[1]), Short.parseShort(a[2])))).all().get();
                return "";
            case "place": {
                Map<Integer, List<Integer>> places = new HashMap<>();
                for (int i = 1; i < a.length; i++) places.put(i - 1, ids(a[i]));
                admin.createTopics(List.of(new NewTopic(a[0], places))).all().get();
                return "";
            }
            case "delete":
                admin.deleteTopics(List.of(a[0])).all().get();
                return "";
            case "grow":
                admin.createPartitions(Map.of(a[0], NewPartitions.increaseTo(Integer.parseInt(a[1])))).all().get();
                return "";
            case "list":
                return new TreeSet<>(admin.listTopics().names().get()).stream().collect(Collectors.joining(","));
            case "describe":
                return admin.describeTopics(List.of(a[0])).allTopicNames().get().get(a[0]).partitions().stream()
                        .map(p -> p.partition() + ":" + (p.leader() == null ? -1 : p.leader().id()) + ":" + names(p.replicas()) + ":" + names(p.isr()))
                        .collect(Collectors.joining(" "));
            case "reassign":
                admin.alterPartitionReassignments(Map.of(new TopicPartition(a[0], Integer.parseInt(a[1])),
                        a[2].equals("cancel") ? Optional.empty() : Optional.of(new NewPartitionReassignment(ids(a[2]))))).all().get();
                return "";
            case "reassigning":
                return admin.listPartitionReassignments().reassignments().get().keySet().stream().map(String::valueOf).sorted().collect(Collectors.joining(","));
            case "elect": {
                ElectionType type = ElectionType.valueOf(a[0].toUpperCase());
                Set<TopicPartition> partitions = a.length < 2 ? null
                        : Arrays.stream(a).skip(1).map(x -> new TopicPartition(x.substring(0, x.lastIndexOf('-')), Integer.parseInt(x.substring(x.lastIndexOf('-') + 1)))).collect(Collectors.toSet());
                return admin.electLeaders(type, partitions).partitions().get().entrySet().stream()
                        .map(e -> e.getKey() + "=" + e.getValue().map(x -> x.getClass().getSimpleName()).orElse("ok")).sorted().collect(Collectors.joining(" "));
            }
            case "cluster": {
                DescribeClusterResult c = admin.describeCluster();
                return c.controller().get().id() + " " + c.nodes().get().stream().map(Node::id).sorted().map(String::valueOf).collect(Collectors.joining(","));
            }
            case "commit":
                admin.alterConsumerGroupOffsets(a[0], Map.of(new TopicPartition(a[1], 0), new org.apache.kafka.clients.consumer.OffsetAndMetadata(Long.parseLong(a[2])))).all().get();
                return "";
            case "committed":
                return admin.listConsumerGroupOffsets(a[0]).partitionsToOffsetAndMetadata().get().entrySet().stream()
                        .map(e -> e.getKey() + "=" + e.getValue().offset()).sorted().collect(Collectors.joining(" "));
            default:
                throw new IllegalArgumentException("no command " + command);
        }
    }
}
