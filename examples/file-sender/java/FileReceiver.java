import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;

/** Receives one file, writes it into the working folder, and says how many bytes of it came. */
public class FileReceiver {
    public static void main(String[] args) throws IOException {
        try (ServerSocket listener = new ServerSocket(Integer.parseInt(args[0]));
                Socket client = listener.accept();
                DataInputStream in = new DataInputStream(new BufferedInputStream(client.getInputStream()));
                DataOutputStream out = new DataOutputStream(client.getOutputStream())) {
            // The last part alone, so that no name leads out of the folder.
            String name = new File(in.readUTF()).getName();
            long length = in.readLong();
            long received = 0;
            try (OutputStream file = new FileOutputStream(name)) {
                byte[] buffer = new byte[8192];
                while (received < length) {
                    int n = in.read(buffer, 0, (int) Math.min(buffer.length, length - received));
                    if (n < 0) {
                        break;
                    }
                    file.write(buffer, 0, n);
                    received += n;
                }
            }
            System.out.println(name + ": " + received + " of " + length + " bytes");
            out.writeUTF(received == length ? "thank you" : "only " + received + " bytes came");
        }
    }
}
