import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;

/** Sends two messages in one write, then reads two replies. If it cannot read, it tries to write once more. */
public class PairClient {
    public static void main(String[] args) throws IOException {
        Socket client = new Socket("localhost", 666);
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        DataOutputStream dos = new DataOutputStream(both);
        dos.writeUTF("hello");
        dos.writeUTF("你好");
        send(client, both.toByteArray());
        DataInputStream dis = new DataInputStream(client.getInputStream());
        try {
            for (int reply = 0; reply < 2; reply++) {
                String msg = dis.readUTF();
                System.out.println(msg);
            }
        } catch (IOException error) {
            print(error);
            send(client, both.toByteArray());
        }
        client.close();
    }

    private static void send(Socket client, byte[] messages) {
        try {
            client.getOutputStream().write(messages);
        } catch (IOException error) {
            print(error);
        }
    }

    private static void print(IOException error) {
        System.out.println(error);
    }
}
