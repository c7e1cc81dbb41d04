import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Tells everybody who gives a name the date and the time, in a thread for each client. */
public class DateTimeServer {
    private static final DateTimeFormatter NOW =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSSSS'Z'").withZone(ZoneOffset.UTC);

    public static void main(String[] args) throws IOException {
        try (ServerSocket listener = new ServerSocket(Integer.parseInt(args[0]))) {
            for (int number = 1; ; number++) {
                Socket client = listener.accept();
                System.out.println("client " + number);
                new Thread(() -> serve(client)).start();
            }
        }
    }

    private static void serve(Socket client) {
        try (client;
                DataInputStream in = new DataInputStream(client.getInputStream());
                DataOutputStream out = new DataOutputStream(client.getOutputStream())) {
            while (true) {
                String name = in.readUTF();
                out.writeUTF("Good day, " + name + ". It is " + NOW.format(Instant.now()) + ".");
            }
        } catch (EOFException e) {
            // The client has no more names.
        } catch (IOException e) {
            System.err.println("a client was lost: " + e);
        }
    }
}
