import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Times readUTF ("read") or writeUTF ("write") over frames that lie in memory.
 *
 * <p>Standard input is an int, the frames' total length, and the frames. The answer is a boolean: whether
 * writing what was read gave the same bytes. Then each int is a time in milliseconds to go through all
 * frames again and again; the answers are two longs, the nanoseconds it took and how many times.
 */
final class CodecTimes {
    /** Keeps results alive. */
    static volatile int sink;

    private final byte[] frames;
    private final int count;
    private List<String> strings = new ArrayList<>();
    private final Source source = new Source();
    private final DataInputStream reader = new DataInputStream(source);
    private final DataOutputStream writer = new DataOutputStream(new Sink());

    private CodecTimes(byte[] frames) throws IOException {
        this.frames = frames;
        while (source.at < frames.length) {
            strings.add(reader.readUTF());
        }
        count = strings.size();
    }

    public static void main(String[] args) throws IOException {
        DataInputStream in = new DataInputStream(new BufferedInputStream(System.in, 1 << 16));
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(System.out));
        byte[] frames = new byte[in.readInt()];
        in.readFully(frames);
        CodecTimes times = new CodecTimes(frames);
        out.writeBoolean(times.comesBack());
        out.flush();
        boolean reads = args[0].equals("read");
        if (reads) {
            times.strings = null;
        }
        try {
            while (true) {
                long limit = in.readInt() * 1_000_000L;
                long passes = 0;
                long elapsed;
                long begun = System.nanoTime();
                do {
                    sink = reads ? times.read() : times.write();
                    passes++;
                    elapsed = System.nanoTime() - begun;
                } while (elapsed < limit);
                out.writeLong(elapsed);
                out.writeLong(passes);
                out.flush();
            }
        } catch (EOFException end) {
            // Nothing more to time.
        }
    }

    private boolean comesBack() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        for (String string : strings) {
            out.writeUTF(string);
        }
        return Arrays.equals(bytes.toByteArray(), frames);
    }

    private int read() throws IOException {
        source.at = 0;
        int units = 0;
        for (int n = count; n > 0; n--) {
            units += reader.readUTF().length();
        }
        return units;
    }

    private int write() throws IOException {
        for (String string : strings) {
            writer.writeUTF(string);
        }
        return writer.size();
    }

    /** ByteArrayInputStream without its locks. */
    private final class Source extends InputStream {
        int at;

        @Override
        public int read() {
            return at < frames.length ? frames[at++] & 0xFF : -1;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            System.arraycopy(frames, at, bytes, offset, length);
            at += length;
            return length;
        }
    }

    private static final class Sink extends OutputStream {
        @Override
        public void write(int b) {
            sink = b;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            sink = bytes[offset + length - 1];
        }
    }
}
