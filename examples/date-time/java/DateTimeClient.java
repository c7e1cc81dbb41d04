import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;

/** Sends each name of the command line, and prints the answers. */
public class DateTimeClient {
    public static void main(String[] args) throws IOException {
        try (Socket socket = new Socket(args[0], Integer.parseInt(args[1]));
                DataInputStream in = new DataInputStream(socket.getInputStream());
                DataOutputStream out = new DataOutputStream(socket.getOutputStream())) {
            for (int i = 2; i < args.length; i++) {
                out.writeUTF(args[i]);
                System.out.println(in.readUTF());
            }
        }
    }
}
