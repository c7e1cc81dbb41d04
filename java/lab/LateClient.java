import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;

/** Goes on writing after the server has closed, and says what comes of it. */
public class LateClient {
    public static void main(String[] args) throws IOException {
        Socket client = new Socket("localhost", 666);
        BufferedReader console = new BufferedReader(new InputStreamReader(System.in));
        DataOutputStream dos = new DataOutputStream(client.getOutputStream());
        DataInputStream dis = new DataInputStream(client.getInputStream());
        String msg;
        while ((msg = console.readLine()) != null) {
            try {
                dos.writeUTF(msg);
                msg = dis.readUTF();
                System.out.println(msg);
            } catch (IOException error) {
                System.out.println(error);
            }
        }
        client.close();
    }
}
