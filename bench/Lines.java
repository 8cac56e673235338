import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/**
 * Sends one file many times as lines through one connection, reads the answers as they come, and
 * prints the server's resident memory ten times on the way: {@code java bench/Lines.java URL FILE
 * COUNT}. The line in the middle is not base64; each other one must be answered in its place. The
 * server's metrics must be open. curl carries the lines, because it reads while it sends: Java's
 * client over HTTP/1.1 does not, and such a stream stops when the answers have filled the sockets.
 */
final class Lines {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private Lines() {}

  public static void main(String[] args) throws Exception {
    URI uri = URI.create(args[0]);
    String data = Base64.getEncoder().encodeToString(Files.readAllBytes(Path.of(args[1])));
    int count = Integer.parseInt(args[2]);
    int bad = count / 2;
    Process curl =
        new ProcessBuilder(
                "curl", "-sSN", "-XPOST", "-T-", "-H", "Content-Type: application/x-ndjson", args[0])
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    Thread.ofVirtual().start(() -> send(count, bad, data, curl.getOutputStream()));
    System.out.printf("%8s %10s %14s%n", "answered", "seconds", "resident MiB");
    print(uri, 0, 0);
    long started = System.nanoTime();
    int answered = 0;
    int errors = 0;
    try (BufferedReader answers = curl.inputReader()) {
      for (String line = answers.readLine(); line != null; line = answers.readLine()) {
        boolean good = line.contains("\"id\":\"%d\"".formatted(answered)) && line.endsWith("\"error\":null}");
        if (good == (answered == bad)) {
          throw new IllegalStateException("line %d was answered %s".formatted(answered, line));
        }
        errors += good ? 0 : 1;
        answered++;
        if (answered % Math.max(1, count / 10) == 0) {
          print(uri, answered, (System.nanoTime() - started) / 1e9);
        }
      }
    }
    System.out.printf("%d of %d answered, %d with an error%n", answered, count, errors);
    CLIENT.close();
  }

  private static void send(int count, int bad, String data, OutputStream server) {
    try (Writer lines = new OutputStreamWriter(server, StandardCharsets.US_ASCII)) {
      for (int i = 0; i < count; i++) {
        lines.write("{\"id\": \"%d\", \"data\": \"%s\"}\n".formatted(i, i == bad ? "%" : data));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void print(URI uri, int answered, double seconds)
      throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(uri.resolve("/actuator/prometheus")).build();
    double bytes =
        CLIENT.send(request, BodyHandlers.ofString()).body().lines()
            .filter(line -> line.startsWith("process_resident_memory_bytes"))
            .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
            .findFirst()
            .orElseThrow();
    System.out.printf("%8d %10.1f %14.0f%n", answered, seconds, bytes / (1 << 20));
  }
}
