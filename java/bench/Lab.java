import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;

/** The lab's server.java for every client and every message, its reading and writing code kept. */
final class Lab {
    interface Start {
        void start(Runnable client);
    }

    /** Arguments: the port, and "print" to print what server.java prints. */
    static void run(String[] args, Start thread) throws IOException {
        boolean print = args.length > 1 && args[1].equals("print");
        if (print) {
            System.out.println("---server---");
        }
        ServerSocket server = new ServerSocket(Integer.parseInt(args[0]));
        while (true) {
            Socket client = server.accept();
            if (print) {
                System.out.println("一个客户端连接建立");
            }
            thread.start(() -> serve(client, print));
        }
    }

    private static void serve(Socket client, boolean print) {
        try (client) {
            DataInputStream dis = new DataInputStream(client.getInputStream());
            DataOutputStream dos = new DataOutputStream(client.getOutputStream());
            while (true) {
                String msg = dis.readUTF();
                if (print) {
                    System.out.println("client say:" + msg);
                }
                dos.writeUTF(msg);
                dos.flush();
            }
        } catch (EOFException end) {
            // The client has said all it had to say.
        } catch (IOException e) {
            e.printStackTrace();
        }
    }
}
