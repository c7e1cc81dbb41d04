import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;

/** server.java in a loop: one client after the other, each with as many requests as it likes. */
public class LoopServer {
    public static void main(String[] args) throws IOException {
        System.out.println("---server---");
        ServerSocket server = new ServerSocket(666);
        while (true) {
            serve(server.accept());
        }
    }

    private static void serve(Socket client) throws IOException {
        DataInputStream dis = new DataInputStream(client.getInputStream());
        DataOutputStream dos = new DataOutputStream(client.getOutputStream());
        try {
            while (true) {
                String msg = dis.readUTF();
                dos.writeUTF(msg);
            }
        } catch (EOFException end) {
            client.close();
        }
    }
}
