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
import java.io.IOException;

/**
 * Says what the methods of this JVM's data streams do, as it is asked on standard input, until
 * that ends.
 *
 * <p>A question is a method's name as writeUTF writes it, an int, and as many bytes. For a method
 * that reads they are its stream, and the answer is what it gives and what it leaves: 00 and a long
 * or a string (an int, and as many chars); 01 and the exception's name; 02 for null; then all the
 * rest of the stream. For readFully and skipBytes the first byte of the stream is how many. For a
 * method that writes they are its argument, a long or chars, and the answer is what it writes. An
 * int before each answer is its length.
 */
final class Data {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream answer = new DataOutputStream(bytes);

    public static void main(String[] args) throws IOException {
        DataInputStream questions = new DataInputStream(
                new BufferedInputStream(new FileInputStream(FileDescriptor.in), 1 << 16));
        DataOutputStream answers = new DataOutputStream(
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16));
        Data data = new Data();
        while (true) {
            String method;
            try {
                method = questions.readUTF();
            } catch (EOFException end) {
                break;
            }
            byte[] argument = new byte[questions.readInt()];
            questions.readFully(argument);
            data.bytes.reset();
            data.call(method, argument);
            answers.writeInt(data.bytes.size());
            data.bytes.writeTo(answers);
        }
        answers.flush();
    }

    private void call(String method, byte[] argument) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(argument));
        if (method.startsWith("write")) {
            write(method, in);
            return;
        }
        try {
            read(method, in);
        } catch (IOException exception) {
            answer.writeByte(1);
            answer.writeUTF(exception.getClass().getName());
        }
        for (int rest = in.read(); rest >= 0; rest = in.read()) {
            answer.writeByte(rest);
        }
    }

    @SuppressWarnings("deprecation")
    private void read(String method, DataInputStream in) throws IOException {
        switch (method) {
            case "readBoolean": number(in.readBoolean() ? 1 : 0); break;
            case "readByte": number(in.readByte()); break;
            case "readUnsignedByte": number(in.readUnsignedByte()); break;
            case "readShort": number(in.readShort()); break;
            case "readUnsignedShort": number(in.readUnsignedShort()); break;
            case "readChar": number(in.readChar()); break;
            case "readInt": number(in.readInt()); break;
            case "readLong": number(in.readLong()); break;
            case "readFloat": number(Float.floatToRawIntBits(in.readFloat())); break;
            case "readDouble": number(Double.doubleToRawLongBits(in.readDouble())); break;
            case "skipBytes": number(in.skipBytes(in.readUnsignedByte())); break;
            case "readLine": string(in.readLine()); break;
            case "readUTF": string(in.readUTF()); break;
            case "readFully":
                byte[] all = new byte[in.readUnsignedByte()];
                in.readFully(all);
                string(new String(all, 0));
                break;
            default: throw new IllegalArgumentException(method);
        }
    }

    private void write(String method, DataInputStream in) throws IOException {
        switch (method) {
            case "writeBoolean": answer.writeBoolean(in.readLong() != 0); break;
            case "writeByte": answer.writeByte((int) in.readLong()); break;
            case "writeShort": answer.writeShort((int) in.readLong()); break;
            case "writeChar": answer.writeChar((int) in.readLong()); break;
            case "writeInt": answer.writeInt((int) in.readLong()); break;
            case "writeLong": answer.writeLong(in.readLong()); break;
            case "writeFloat": answer.writeFloat(Float.intBitsToFloat((int) in.readLong())); break;
            case "writeDouble": answer.writeDouble(Double.longBitsToDouble(in.readLong())); break;
            case "writeBytes": answer.writeBytes(chars(in)); break;
            case "writeChars": answer.writeChars(chars(in)); break;
            case "writeUTF": answer.writeUTF(chars(in)); break;
            default: throw new IllegalArgumentException(method);
        }
    }

    private void number(long value) throws IOException {
        answer.writeByte(0);
        answer.writeLong(value);
    }

    private void string(String string) throws IOException {
        if (string == null) {
            answer.writeByte(2);
            return;
        }
        answer.writeByte(0);
        answer.writeInt(string.length());
        answer.writeChars(string);
    }

    private static String chars(DataInputStream in) throws IOException {
        StringBuilder chars = new StringBuilder();
        while (in.available() > 0) {
            chars.append(in.readChar());
        }
        return chars.toString();
    }
}
