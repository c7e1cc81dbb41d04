import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Says which lines BufferedReader.readLine makes of console input, malformed UTF-8 included.
 *
 * <p>Writes two kinds of rows: {@code input HEX LINE...}, an input and the UTF-16 units of each line
 * in hexadecimal, and {@code digest NAME HASH}, the FNV-1a hash over the lines of a whole set of
 * inputs. JDK 17 or later: {@code java ConsoleLines.java}.
 */
class ConsoleLines {
    static final int[] BYTES = {
        0x0A, 0x0D, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2, 0xDF, 0xE0, 0xE4,
        0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xF8, 0xFF
    };
    static final int[] FEW_BYTES = {0x0A, 0x0D, 0x80, 0xA0, 0xE4, 0xED, 0xF0};

    public static void main(String[] args) throws IOException {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        String[] inputs = {
            "", "0A", "0D", "0D0A", "0A0D", "0D0D0A", "61", "610A", "610D", "610D0A62", "610A0A62",
            "80", "C080", "C2", "C241", "E4", "E4B8", "E4B879", "E4B80A", "E08080", "E09F80", "E0A0",
            "EDA080", "EDA0", "EDA041", "EDA00A", "EDBFBF", "EDA0BDEDB880", "EDED", "F0808080",
            "F08F8080", "F09F98", "F09F9841", "F09F9880", "F0", "F09F", "F48FBFBF", "F4908080",
            "F5808080", "F88080808080", "FEFF", "EFBBBF61",
        };
        for (String input : inputs) {
            out.print("input " + (input.isEmpty() ? "-" : input));
            for (String line : lines(HexFormat.of().parseHex(input)).toList()) {
                out.print(" " + (line.isEmpty() ? "-" : units(line)));
            }
            out.println();
        }
        // Any other first byte is ASCII or a continuation byte and stands alone, as these four do.
        IntStream alone = IntStream.of(0x0A, 0x0D, 0x41, 0x80);
        for (int lead : IntStream.concat(alone, IntStream.range(0xC0, 0x100)).toArray()) {
            Digest digest = new Digest();
            digest.add((byte) lead);
            for (int second = 0; second < 256; second++) {
                digest.add((byte) lead, (byte) second);
                for (int third = 0; third < 256; third++) {
                    digest.add((byte) lead, (byte) second, (byte) third);
                }
            }
            out.println("digest " + String.format("%02X", lead) + " " + digest);
        }
        Digest four = new Digest();
        for (int lead : BYTES) {
            for (int second : BYTES) {
                for (int third : BYTES) {
                    for (int fourth : BYTES) {
                        four.add((byte) lead, (byte) second, (byte) third, (byte) fourth);
                    }
                }
            }
        }
        out.println("digest four " + four);
        // InputStreamReader decodes its input in pieces of 8192 bytes.
        Digest straddling = new Digest();
        for (int before = 8189; before <= 8192; before++) {
            for (int lead : FEW_BYTES) {
                for (int second : FEW_BYTES) {
                    for (int third : FEW_BYTES) {
                        byte[] input = new byte[before + 3];
                        Arrays.fill(input, (byte) 'a');
                        input[before] = (byte) lead;
                        input[before + 1] = (byte) second;
                        input[before + 2] = (byte) third;
                        straddling.add(input);
                    }
                }
            }
        }
        out.println("digest straddling " + straddling);
        out.flush();
    }

    static Stream<String> lines(byte[] input) {
        return new BufferedReader(
                new InputStreamReader(new ByteArrayInputStream(input), StandardCharsets.UTF_8))
            .lines();
    }

    static String units(String line) {
        StringBuilder hex = new StringBuilder();
        line.chars().forEach(unit -> hex.append(String.format("%04X", unit)));
        return hex.toString();
    }

    static class Digest {
        long hash = 0xcbf29ce484222325L;

        void add(byte... input) {
            lines(input).forEach(line -> {
                line.chars().forEach(this::mix);
                mix(0x10000);
            });
            mix(0x20000);
        }

        void mix(int value) {
            hash = (hash ^ value) * 0x100000001b3L;
        }

        @Override
        public String toString() {
            return String.format("%016x", hash);
        }
    }
}
