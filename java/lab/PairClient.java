import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;

/** Sends two messages in one write, then reads two replies. */
public class PairClient {
    public static void main(String[] args) throws IOException {
        Socket client = new Socket("localhost", 666);
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        DataOutputStream dos = new DataOutputStream(both);
        dos.writeUTF("hello");
        dos.writeUTF("你好");
        client.getOutputStream().write(both.toByteArray());
        DataInputStream dis = new DataInputStream(client.getInputStream());
        for (int reply = 0; reply < 2; reply++) {
            String msg = dis.readUTF();
            System.out.println(msg);
        }
        client.close();
    }
}
