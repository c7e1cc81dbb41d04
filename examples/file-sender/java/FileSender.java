import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;

/** Sends a file: its name, its length, its bytes. Prints the answer. */
public class FileSender {
    public static void main(String[] args) throws IOException {
        try (Socket socket = new Socket(args[0], Integer.parseInt(args[1]));
                DataInputStream in = new DataInputStream(socket.getInputStream());
                InputStream content = new FileInputStream(args[2])) {
            File file = new File(args[2]);
            DataOutputStream out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
            out.writeUTF(file.getName());
            out.writeLong(file.length());
            content.transferTo(out);
            out.flush();
            System.out.println("server: " + in.readUTF());
        }
    }
}
