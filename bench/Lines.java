import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Iterator;
import java.util.stream.IntStream;

/**
 * Sends one file many times as lines through one connection, reads the answers as they come, and
 * prints the server's resident memory ten times on the way: {@code java bench/Lines.java URL FILE
 * COUNT}. The line in the middle is not base64; each other one must be answered in its place. The
 * server's metrics must be open.
 */
final class Lines {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private Lines() {}

  public static void main(String[] args) throws Exception {
    URI uri = URI.create(args[0]);
    String data = Base64.getEncoder().encodeToString(Files.readAllBytes(Path.of(args[1])));
    int count = Integer.parseInt(args[2]);
    int bad = count / 2;
    Iterator<byte[]> lines =
        IntStream.range(0, count)
            .mapToObj(i ->
                "{\"id\": \"%d\", \"data\": \"%s\"}\n"
                    .formatted(i, i == bad ? "%" : data)
                    .getBytes(StandardCharsets.UTF_8))
            .iterator();
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .version(HttpClient.Version.HTTP_1_1)
            .header("Content-Type", "application/x-ndjson")
            .POST(BodyPublishers.fromPublisher(BodyPublishers.ofByteArrays(() -> lines)))
            .build();
    System.out.printf("%8s %10s %14s%n", "answered", "seconds", "resident MiB");
    print(uri, 0, 0);
    long started = System.nanoTime();
    int answered = 0;
    int errors = 0;
    InputStream body = CLIENT.send(request, BodyHandlers.ofInputStream()).body();
    try (BufferedReader answers = new BufferedReader(new InputStreamReader(body))) {
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
