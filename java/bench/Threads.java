import java.io.IOException;

/** A platform thread for each client. */
final class Threads {
    public static void main(String[] args) throws IOException {
        Lab.run(args, client -> new Thread(client).start());
    }
}
