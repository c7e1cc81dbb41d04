import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * What a Java engineer would write for speed: one thread, a selector, one direct buffer for all
 * clients, one write per read, and the transcript flushed once per turn.
 */
final class Nio {
    private static final ByteBuffer SCRATCH = ByteBuffer.allocateDirect(256 * 1024);

    private static PrintStream transcript;

    /** What a client has left over: a frame's beginning, or replies its socket did not take. */
    private static final class Left {
        ByteBuffer partial;
        ByteBuffer unsent;
    }

    public static void main(String[] args) throws IOException {
        if (args.length > 1 && args[1].equals("print")) {
            FileOutputStream out = new FileOutputStream(FileDescriptor.out);
            transcript = new PrintStream(new BufferedOutputStream(out, 64 * 1024), false, "UTF-8");
            transcript.println("---server---");
        }
        Selector selector = Selector.open();
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(Integer.parseInt(args[0])), 4096);
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
        while (true) {
            selector.select(Nio::turn);
            if (transcript != null) {
                transcript.flush();
            }
        }
    }

    private static void turn(SelectionKey key) {
        try {
            if (key.isAcceptable()) {
                accept(key);
            } else {
                serve(key);
            }
        } catch (IOException e) {
            close(key);
        }
    }

    private static void accept(SelectionKey key) throws IOException {
        SocketChannel client;
        while ((client = ((ServerSocketChannel) key.channel()).accept()) != null) {
            client.configureBlocking(false);
            client.setOption(StandardSocketOptions.TCP_NODELAY, true);
            client.register(key.selector(), SelectionKey.OP_READ, new Left());
            if (transcript != null) {
                transcript.println("一个客户端连接建立");
            }
        }
    }

    private static void serve(SelectionKey key) throws IOException {
        SocketChannel client = (SocketChannel) key.channel();
        Left left = (Left) key.attachment();
        if (left.unsent != null) {
            client.write(left.unsent);
            if (left.unsent.hasRemaining()) {
                return;
            }
            left.unsent = null;
            key.interestOps(SelectionKey.OP_READ);
        }
        SCRATCH.clear();
        if (left.partial != null) {
            SCRATCH.put(left.partial);
            left.partial = null;
        }
        if (client.read(SCRATCH) < 0) {
            close(key);
            return;
        }
        int arrived = SCRATCH.position();
        int end = wholeFrames(arrived);
        if (end < arrived) {
            left.partial = copy(end, arrived);
        }
        SCRATCH.position(0).limit(end);
        if (end > 0) {
            client.write(SCRATCH);
        }
        if (SCRATCH.hasRemaining()) {
            left.unsent = copy(SCRATCH.position(), end);
            key.interestOps(SelectionKey.OP_WRITE);
        }
    }

    private static int wholeFrames(int arrived) throws IOException {
        int end = 0;
        while (end + 2 <= arrived) {
            int length = SCRATCH.getShort(end) & 0xffff;
            if (end + 2 + length > arrived) {
                break;
            }
            if (transcript != null) {
                print(end, length);
            }
            end += 2 + length;
        }
        return end;
    }

    private static void print(int start, int length) throws IOException {
        byte[] frame = new byte[2 + length];
        SCRATCH.get(start, frame);
        String msg = new DataInputStream(new ByteArrayInputStream(frame)).readUTF();
        transcript.println("client say:" + msg);
    }

    private static ByteBuffer copy(int from, int to) {
        return ByteBuffer.allocate(to - from).put(0, SCRATCH, from, to - from);
    }

    private static void close(SelectionKey key) {
        try {
            key.channel().close();
        } catch (IOException e) {
            // It is gone either way.
        }
    }
}
