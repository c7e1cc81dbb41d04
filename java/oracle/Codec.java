import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UTFDataFormatException;
import java.nio.charset.StandardCharsets;

/**
 * Says what this JVM's readUTF and writeUTF make of what comes on standard input, until it ends.
 *
 * <p>"decode" is asked with frames, one after the other, so that it also shows where the stream
 * stands after a malformed one. It answers 00, the units and what writeUTF makes of them; or 01
 * and the exception's message. "encode" is asked with units, and answers what writeUTF makes of
 * them, whether readUTF gives them back, and what a UTF-8 console shows.
 *
 * <p>What writeUTF makes of a string is 00 and the frame; or 01, the exception's message, and how
 * many bytes were written all the same. Units and messages are an int, their number, and as many
 * chars.
 */
final class Codec {
    private final DataInputStream in;
    private final DataOutputStream out;
    private final ByteArrayOutputStream frame = new ByteArrayOutputStream();
    private final DataOutputStream framer = new DataOutputStream(frame);

    private Codec() {
        out = new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16));
        InputStream questions = new FilterInputStream(new FileInputStream(FileDescriptor.in)) {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                // Whoever has no more questions for now may be waiting for the answers.
                out.flush();
                return super.read(bytes, offset, length);
            }
        };
        in = new DataInputStream(new BufferedInputStream(questions, 1 << 16));
    }

    public static void main(String[] args) throws IOException {
        Codec codec = new Codec();
        if (args[0].equals("decode")) {
            codec.decode();
        } else {
            codec.encode();
        }
        codec.out.flush();
    }

    private void decode() throws IOException {
        while (true) {
            String string;
            try {
                string = in.readUTF();
            } catch (UTFDataFormatException malformed) {
                out.writeByte(1);
                answer(malformed.getMessage());
                continue;
            } catch (EOFException end) {
                return;
            }
            out.writeByte(0);
            answer(string);
            write(string);
        }
    }

    private void encode() throws IOException {
        while (true) {
            char[] units;
            try {
                units = new char[in.readInt()];
            } catch (EOFException end) {
                return;
            }
            for (int i = 0; i < units.length; i++) {
                units[i] = in.readChar();
            }
            String string = new String(units);
            if (write(string)) {
                byte[] bytes = frame.toByteArray();
                String back = new DataInputStream(new ByteArrayInputStream(bytes)).readUTF();
                out.writeBoolean(back.equals(string));
            }
            // A PrintStream encodes as getBytes does: '?' for what UTF-8 cannot hold.
            byte[] console = string.getBytes(StandardCharsets.UTF_8);
            out.writeInt(console.length);
            out.write(console);
        }
    }

    private boolean write(String string) throws IOException {
        frame.reset();
        try {
            framer.writeUTF(string);
        } catch (UTFDataFormatException tooLong) {
            out.writeByte(1);
            answer(tooLong.getMessage());
            out.writeInt(frame.size());
            return false;
        }
        out.writeByte(0);
        frame.writeTo(out);
        return true;
    }

    private void answer(String string) throws IOException {
        int length = string.length();
        byte[] bytes = new byte[4 + 2 * length];
        for (int i = 0; i < 4; i++) {
            bytes[i] = (byte) (length >> (24 - 8 * i));
        }
        for (int i = 0; i < length; i++) {
            char unit = string.charAt(i);
            bytes[4 + 2 * i] = (byte) (unit >> 8);
            bytes[5 + 2 * i] = (byte) unit;
        }
        out.write(bytes);
    }
}
