import java.io.IOException;

/** A virtual thread for each client (JDK 21 and later). */
final class Virtual {
    public static void main(String[] args) throws IOException {
        Lab.run(args, Thread::startVirtualThread);
    }
}
