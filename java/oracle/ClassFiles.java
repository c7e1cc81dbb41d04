import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/** Writes every class file of this JDK to standard output: an int, its length, and its bytes. */
final class ClassFiles extends SimpleFileVisitor<Path> {
    private final DataOutputStream out;

    private ClassFiles(DataOutputStream out) {
        this.out = out;
    }

    public static void main(String[] args) throws IOException {
        FileOutputStream stdout = new FileOutputStream(FileDescriptor.out);
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(stdout, 1 << 16));
        Files.walkFileTree(image().getPath("/"), new ClassFiles(out));
        out.flush();
    }

    /** The run-time image; before JDK 9 there is none, and the classes are in rt.jar. */
    private static FileSystem image() throws IOException {
        Path rt = new File(System.getProperty("java.home"), "lib/rt.jar").toPath();
        return Files.exists(rt)
                ? FileSystems.newFileSystem(rt, (ClassLoader) null)
                : FileSystems.getFileSystem(URI.create("jrt:/"));
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
        // /packages links back into /modules.
        return folder.endsWith("packages") && folder.getNameCount() == 1
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        if (file.toString().endsWith(".class")) {
            byte[] bytes = Files.readAllBytes(file);
            out.writeInt(bytes.length);
            out.write(bytes);
        }
        return FileVisitResult.CONTINUE;
    }
}
