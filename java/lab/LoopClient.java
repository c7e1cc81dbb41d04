import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;

/** client.java in a loop: a request and its reply for every line, on one connection. */
public class LoopClient {
    public static void main(String[] args) throws IOException {
        System.out.println("---client---");
        Socket client = new Socket("localhost", 666);
        BufferedReader console = new BufferedReader(new InputStreamReader(System.in));
        DataOutputStream dos = new DataOutputStream(client.getOutputStream());
        DataInputStream dis = new DataInputStream(client.getInputStream());
        String msg;
        while ((msg = console.readLine()) != null) {
            dos.writeUTF(msg);
            msg = dis.readUTF();
            System.out.println(msg);
        }
        client.close();
    }
}
