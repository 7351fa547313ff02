import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.apache.kafka.common.utils.ByteUtils;
import org.apache.kafka.common.utils.Crc32C;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.PrimitiveRef;
import org.apache.kafka.server.common.MetadataVersion;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.LogValidator;
import org.apache.kafka.storage.internals.log.RecordValidationException;

/**
 * What Apache Kafka's LogValidator says of batches that lie: tests/golden/records/lies.txt, in the format of
 * log-validator.txt beside it.
 *
 * Run with Apache Kafka 3.9.1's jars: java -cp "$CACHE/k391/libs/*" tests/conformance/records/Verdicts.java > lies.txt
 */
public class Verdicts {
    static final long NOW = 1_700_000_005_000L;
    static final long BASE = NOW - 5_000;
    static final String[] CODECS = {"none", "gzip", "snappy", "lz4", "zstd"};

    /** One record of a batch, with what a liar may say of it. */
    static class Rec {
        long timestampDelta;
        int offsetDelta, attributes = 0, lengthError = 0;
        byte[] key, value = "value value".getBytes();
        Integer keyLength, valueLength, headerCount;
        byte[] headers = new byte[0];
        byte[] raw;

        Rec(int i) {
            timestampDelta = i * 10L;
            offsetDelta = i;
            key = ("k" + i).getBytes();
        }

        byte[] bytes() {
            if (raw != null) return raw;
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            body.write(attributes);
            varlong(body, timestampDelta);
            varint(body, offsetDelta);
            varint(body, keyLength != null ? keyLength : key == null ? -1 : key.length);
            if (key != null) body.writeBytes(key);
            varint(body, valueLength != null ? valueLength : value == null ? -1 : value.length);
            if (value != null) body.writeBytes(value);
            varint(body, headerCount != null ? headerCount : 0);
            body.writeBytes(headers);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            varint(out, body.size() + lengthError);
            out.writeBytes(body.toByteArray());
            return out.toByteArray();
        }
    }

    /** A batch of five good records, and what a liar changes. */
    static class Lie {
        List<Rec> records = new ArrayList<>();
        int count = 5, attributes = 0;
        Integer lastOffsetDelta;
        long base = BASE, max = BASE + 40;
        byte[] trailing = {}, compressedTrailing = {};
        Integer splitAt;
        Integer cut;
        byte[] payload;

        Lie() {
            for (int i = 0; i < 5; i++) records.add(new Rec(i));
        }

        byte[] records(int from, int to) {
            ByteArrayOutputStream plain = new ByteArrayOutputStream();
            for (Rec record : records.subList(from, to)) plain.writeBytes(record.bytes());
            return plain.toByteArray();
        }

        byte[] bytes(String codec) throws Exception {
            byte[] packed;
            if (splitAt != null) {
                packed = concat(compress(codec, records(0, splitAt)), compress(codec, records(splitAt, records.size())));
            } else {
                packed = compress(codec, concat(records(0, records.size()), trailing));
            }
            if (cut != null) packed = java.util.Arrays.copyOf(packed, packed.length - cut);
            if (payload != null) packed = payload;
            packed = concat(packed, compressedTrailing);
            ByteBuffer batch = ByteBuffer.allocate(61 + packed.length);
            batch.putLong(0).putInt(49 + packed.length).putInt(-1).put((byte) 2).putInt(0);
            batch.putShort((short) (attributes | CompressionType.forName(codec).id));
            batch.putInt(lastOffsetDelta != null ? lastOffsetDelta : count - 1).putLong(base).putLong(max);
            batch.putLong(-1).putShort((short) -1).putInt(-1).putInt(count).put(packed);
            long crc = Crc32C.compute(batch.array(), 21, batch.capacity() - 21);
            batch.putInt(17, (int) crc);
            return batch.array();
        }
    }

    interface Change {
        void apply(Lie lie) throws Exception;
    }

    static byte[] concat(byte[] a, byte[] b) {
        byte[] both = java.util.Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    static byte[] compress(String codec, byte[] plain) throws Exception {
        ByteBufferOutputStream out = new ByteBufferOutputStream(1024);
        try (OutputStream stream = Compression.of(codec).build().wrapForOutput(out, (byte) 2)) {
            stream.write(plain);
        }
        ByteBuffer buffer = out.buffer();
        buffer.flip();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    static void varint(ByteArrayOutputStream out, int v) {
        ByteBuffer buffer = ByteBuffer.allocate(5);
        ByteUtils.writeVarint(v, buffer);
        out.write(buffer.array(), 0, buffer.position());
    }

    static void varlong(ByteArrayOutputStream out, long v) {
        ByteBuffer buffer = ByteBuffer.allocate(10);
        ByteUtils.writeVarlong(v, buffer);
        out.write(buffer.array(), 0, buffer.position());
    }

    public static void main(String[] args) throws Exception {
        lie("honest", lie -> { });
        lie("largest timestamp unset", lie -> lie.max = -1);
        lie("largest timestamp too small", lie -> lie.max = BASE + 7);
        lie("largest timestamp too large", lie -> lie.max = NOW + 1_000_000_000_000L);
        lie("all timestamps negative", lie -> { lie.base = -1_000; lie.max = 0; });
        lie("base timestamp is not the first record's", lie -> {
            lie.base = BASE - 500;
            lie.records.forEach(r -> r.timestampDelta += 500);
        });
        lie("timestamps fall", lie -> lie.records.forEach(r -> r.timestampDelta = 40 - r.timestampDelta));
        lie("timestamps overflow", lie -> lie.records.get(3).timestampDelta = Long.MAX_VALUE);
        lie("append time, largest timestamp of the records", lie -> lie.attributes = 8);
        lie("append time, largest timestamp unset", lie -> { lie.attributes = 8; lie.max = -1; });
        lie("append time, largest timestamp too small", lie -> { lie.attributes = 8; lie.max = BASE + 7; });
        lie("append time, largest timestamp too large", lie -> { lie.attributes = 8; lie.max = NOW + 1_000_000; });
        lie("unused attributes", lie -> lie.attributes = 0x7f80);
        lie("delete horizon", lie -> lie.attributes = 0x40);
        lie("delete horizon and largest timestamp unset", lie -> { lie.attributes = 0x40; lie.max = -1; });
        lie("one record missing", lie -> lie.count = 6);
        lie("one record too many", lie -> lie.count = 4);
        lie("no record", lie -> { lie.records.clear(); });
        lie("count of millions", lie -> lie.count = 100_000_000);
        lie("bytes after the last record", lie -> lie.trailing = new byte[] {1, 2, 3});
        lie("offset deltas all 0", lie -> lie.records.forEach(r -> r.offsetDelta = 0));
        lie("offset deltas from 1", lie -> lie.records.forEach(r -> r.offsetDelta++));
        lie("offset deltas fall", lie -> lie.records.forEach(r -> r.offsetDelta = 4 - r.offsetDelta));
        lie("offset deltas with a gap", lie -> lie.records.get(4).offsetDelta = 5);
        lie("offset delta negative", lie -> lie.records.get(2).offsetDelta = -2);
        lie("record longer than its length", lie -> lie.records.get(2).lengthError = -1);
        lie("record shorter than its length", lie -> lie.records.get(2).lengthError = 1);
        lie("last record shorter than its length", lie -> lie.records.get(4).lengthError = 1);
        lie("record length 0", lie -> lie.records.get(2).lengthError = -1_000);
        lie("record length of gigabytes", lie -> lie.records.get(2).lengthError = 2_000_000_000);
        lie("key length -2", lie -> { lie.records.get(2).key = null; lie.records.get(2).keyLength = -2; });
        lie("value length -2", lie -> { lie.records.get(2).value = null; lie.records.get(2).valueLength = -2; });
        lie("key length past the record", lie -> lie.records.get(2).keyLength = 100);
        lie("key length past the batch", lie -> lie.records.get(2).keyLength = 100_000);
        lie("value length past the batch", lie -> lie.records.get(4).valueLength = 100_000);
        lie("header count negative", lie -> lie.records.get(2).headerCount = -1);
        lie("header count too large", lie -> lie.records.get(4).headerCount = 3);
        lie("header count of millions", lie -> lie.records.get(4).headerCount = 100_000_000);
        lie("header without a key", lie -> {
            lie.records.get(2).headerCount = 1;
            lie.records.get(2).headers = new byte[] {1, 2, 'v'};
        });
        lie("header value length -2", lie -> {
            lie.records.get(2).headerCount = 1;
            lie.records.get(2).headers = new byte[] {2, 'h', 3};
        });
        lie("good headers", lie -> {
            lie.records.get(2).headerCount = 2;
            lie.records.get(2).headers = new byte[] {2, 'h', 2, 'v', 0, 1};
        });
        lie("record attributes", lie -> lie.records.get(2).attributes = 0x55);
        lie("a varint of six bytes", lie -> lie.records.get(2).raw = new byte[] {-1, -1, -1, -1, -1, 1, 0, 0, 0});
        lie("a varint with more than 32 bits", lie -> lie.records.get(4).raw = new byte[] {-128, -128, -128, -128, 112, 0, 0, 8, 1, 1, 0});
        lie("no key in one record", lie -> { lie.records.get(1).key = null; lie.max = -1; });
        lie("no key in any record, and a record missing", lie -> { lie.records.forEach(r -> r.key = null); lie.count = 6; });
        for (int codec = 5; codec < 8; codec++) {
            int unknown = codec;
            lie("codec " + codec, new String[] {"none"}, lie -> lie.attributes = unknown);
        }
        String[] compressed = {"gzip", "snappy", "lz4", "zstd"};
        lie("compressed in two pieces", compressed, lie -> lie.splitAt = 2);
        lie("bytes after the compressed ones", compressed, lie -> lie.compressedTrailing = new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
        lie("zeros after the compressed ones", compressed, lie -> lie.compressedTrailing = new byte[32]);
        lie("compressed bytes cut by 1", compressed, lie -> lie.cut = 1);
        lie("compressed bytes cut by 9", compressed, lie -> lie.cut = 9);
        lie("compressed bytes cut by 20", compressed, lie -> lie.cut = 20);
        lie("nothing instead of compressed bytes", compressed, lie -> lie.payload = new byte[0]);
        lie("noise instead of compressed bytes", compressed, lie -> {
            lie.payload = new byte[64];
            new java.util.Random(7).nextBytes(lie.payload);
        });
        lie("records that are not compressed", compressed, lie -> lie.payload = lie.records(0, 5));
    }

    static void lie(String name, Change change) throws Exception {
        lie(name, CODECS, change);
    }

    static void lie(String name, String[] codecs, Change change) throws Exception {
        for (String codec : codecs) {
            Lie lie = new Lie();
            change.apply(lie);
            byte[] bytes = lie.bytes(codec);
            String case_ = name + " " + codec;
            judge(case_, bytes, "producer", false, TimestampType.CREATE_TIME, Long.MAX_VALUE, Long.MAX_VALUE);
            if (codec.equals("none") || codec.equals("zstd"))
                judge(case_, bytes, "producer", true, TimestampType.CREATE_TIME, 3_600_000, 3_600_000);
            if (codec.equals("none") || codec.equals("lz4"))
                judge(case_, bytes, "producer", false, TimestampType.LOG_APPEND_TIME, Long.MAX_VALUE, Long.MAX_VALUE);
            if (codec.equals("none") || codec.equals("gzip"))
                judge(case_, bytes, codec.equals("gzip") ? "none" : "lz4", false, TimestampType.CREATE_TIME, Long.MAX_VALUE, Long.MAX_VALUE);
        }
    }

    static void judge(String name, byte[] bytes, String compression, boolean compacted, TimestampType type, long before, long after) {
        String head = String.join("|", name, hex(ByteBuffer.wrap(bytes)), compression, "" + compacted,
            type == TimestampType.CREATE_TIME ? "CreateTime" : "LogAppendTime", "" + before, "" + after, "CLIENT");
        String verdict;
        try {
            MemoryRecords records = MemoryRecords.readableRecords(ByteBuffer.wrap(bytes.clone()));
            CompressionType source = CompressionType.NONE;
            for (RecordBatch batch : records.batches()) {
                batch.ensureValid();
                if (batch.compressionType() != CompressionType.NONE) source = batch.compressionType();
            }
            Compression target = compression.equals("producer") ? Compression.of(source).build() : Compression.of(compression).build();
            LogValidator validator = new LogValidator(records, new TopicPartition("t", 3), new Stopped(), source, target,
                compacted, (byte) 2, type, before, after, 5, AppendOrigin.CLIENT, MetadataVersion.latestTesting());
            LogValidator.ValidationResult result = validator.validateMessagesAndAssignOffsets(PrimitiveRef.ofLong(1000), new Recorder(), BufferSupplier.create());
            verdict = "0|||" + result.maxTimestampMs + "|" + hex(result.validatedRecords.buffer());
        } catch (RecordValidationException e) {
            String faults = e.recordErrors().stream().map(r -> r.batchIndex + "=" + r.message).collect(Collectors.joining("\u0001"));
            verdict = Errors.forException(e.invalidException()).code() + "|" + e.invalidException().getMessage() + "|" + faults + "||";
        } catch (Throwable e) {
            verdict = Errors.forException(e).code() + "|" + e.getMessage() + "|||";
        }
        System.out.println(head + "|" + verdict.replace("\n", " "));
    }

    static String hex(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    static class Recorder implements LogValidator.MetricsRecorder {
        public void recordInvalidMagic() { }
        public void recordInvalidOffset() { }
        public void recordInvalidSequence() { }
        public void recordInvalidChecksums() { }
        public void recordNoKeyCompactedTopic() { }
    }

    /** A clock that stands at NOW. */
    static class Stopped implements Time {
        public long milliseconds() { return NOW; }
        public long nanoseconds() { return 0; }
        public void sleep(long ms) { }
        public void waitObject(Object object, java.util.function.Supplier<Boolean> condition, long deadlineMs) { }
    }
}
