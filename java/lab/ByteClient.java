import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;

/** Sends one frame byte by byte, each in a write and a segment of its own. */
public class ByteClient {
    public static void main(String[] args) throws IOException {
        Socket client = new Socket("localhost", 666);
        client.setTcpNoDelay(true);
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        new DataOutputStream(frame).writeUTF("hello");
        for (byte b : frame.toByteArray()) {
            client.getOutputStream().write(b);
        }
        String msg = new DataInputStream(client.getInputStream()).readUTF();
        System.out.println(msg);
        client.close();
    }
}
