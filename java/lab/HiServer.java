import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;

/** server.java, but that it answers hello with hi. */
public class HiServer {
    public static void main(String[] args) throws IOException {
        System.out.println("---server---");
        ServerSocket server = new ServerSocket(666);
        Socket client = server.accept();
        DataInputStream dis = new DataInputStream(client.getInputStream());
        String msg = dis.readUTF();
        System.out.println("client say:" + msg);
        DataOutputStream dos = new DataOutputStream(client.getOutputStream());
        dos.writeUTF("hi");
        dos.close();
    }
}
