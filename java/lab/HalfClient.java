import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;

/** Says hello, closes its sending half, and only then reads the reply. */
public class HalfClient {
    public static void main(String[] args) throws IOException {
        Socket client = new Socket("localhost", 666);
        new DataOutputStream(client.getOutputStream()).writeUTF("hello");
        client.shutdownOutput();
        String msg = new DataInputStream(client.getInputStream()).readUTF();
        System.out.println(msg);
        client.close();
    }
}
