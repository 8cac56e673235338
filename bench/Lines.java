import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/**
 * Sends a picture many times as lines of one request, one of them bad, checks that the answers come
 * in order with the error in its place, and prints what is left on the server's heap after a full
 * collection at a tenth, at half and at the end of them. {@code java bench/Lines.java URL FILE COUNT PID}
 */
public final class Lines {

  private Lines() {}

  public static void main(String[] args) throws Exception {
    URI url = URI.create(args[0]);
    String data = Base64.getEncoder().encodeToString(Files.readAllBytes(Path.of(args[1])));
    int count = Integer.parseInt(args[2]);
    String pid = args[3];
    int bad = count / 2;
    int length = line(0, bad, data).length();
    System.out.printf("%6d lines: %s%n", 0, heap(pid));
    long start = System.nanoTime();
    // HTTP/1.0: the answer comes as it is, without chunks, and ends with the connection.
    try (Socket socket = new Socket(url.getHost(), url.getPort())) {
      OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
      Thread.ofVirtual().start(() -> send(out, url, count, bad, data, length));
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      String status = in.readLine();
      if (!status.contains(" 200")) {
        throw new IOException(status);
      }
      while (!in.readLine().isEmpty()) {}
      for (int i = 0; i < count; i++) {
        String answer = in.readLine();
        if (answer == null
            || !answer.contains("\"id\":\"%06d\"".formatted(i))
            || answer.contains("\"error\":null") == (i == bad)) {
          throw new IOException("line %d was answered %s".formatted(i, answer));
        }
        if (i + 1 == count / 10 || i + 1 == count / 2 || i + 1 == count) {
          System.out.printf("%6d lines: %s%n", i + 1, heap(pid));
        }
      }
      if (in.readLine() != null) {
        throw new IOException("there are more answers than lines");
      }
    }
    System.out.printf("%.1f s%n", (System.nanoTime() - start) / 1e9);
  }

  private static void send(
      OutputStream out, URI url, int count, int bad, String data, int length) {
    try {
      String head =
          "POST %s HTTP/1.0\r\nHost: %s\r\nContent-Type: application/x-ndjson\r\nContent-Length: %d\r\n\r\n"
              .formatted(url.getRawPath(), url.getHost(), (long) length * count);
      out.write(head.getBytes(StandardCharsets.US_ASCII));
      for (int i = 0; i < count; i++) {
        out.write(line(i, bad, data).getBytes(StandardCharsets.US_ASCII));
      }
      out.flush();
    } catch (IOException e) {
      e.printStackTrace();
    }
  }

  /** All are of the same length. */
  private static String line(int i, int bad, String data) {
    return "{\"id\":\"%06d\",\"data\":\"%s\"}\n"
        .formatted(i, i == bad ? "%".repeat(data.length()) : data);
  }

  /** What is reachable, as a full collection finds it, and what the process holds. */
  private static String heap(String pid) throws IOException {
    Process jcmd = new ProcessBuilder("jcmd", pid, "GC.class_histogram").start();
    String total = "";
    try (BufferedReader lines = jcmd.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("Total")) {
          total = line;
        }
      }
    }
    long bytes = Long.parseLong(total.strip().split("\\s+")[2]);
    return "%.1f MB live on the heap".formatted(bytes / 1e6);
  }
}
