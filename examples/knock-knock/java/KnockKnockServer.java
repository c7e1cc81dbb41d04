import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.ServerSocket;
import java.net.Socket;

/** Tells jokes to one client. The server speaks first. */
public class KnockKnockServer {
    public static void main(String[] args) {
        if (args.length != 1) {
            System.err.println("Usage: java KnockKnockServer <port number>");
            System.exit(1);
        }
        int port = Integer.parseInt(args[0]);
        try (ServerSocket listener = new ServerSocket(port);
                Socket client = listener.accept();
                PrintWriter out = new PrintWriter(client.getOutputStream(), true);
                BufferedReader in = new BufferedReader(new InputStreamReader(client.getInputStream()))) {
            KnockKnockProtocol protocol = new KnockKnockProtocol();
            out.println(protocol.processInput(null));
            String line;
            while ((line = in.readLine()) != null) {
                String answer = protocol.processInput(line);
                out.println(answer);
                if (answer.equals("Bye.")) {
                    break;
                }
            }
        } catch (IOException e) {
            System.out.println("Exception caught when listening on port " + port + " or to a connection");
            System.out.println(e.getMessage());
        }
    }
}
