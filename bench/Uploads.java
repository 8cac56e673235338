import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Uploads one file many times at once, each over a connection of its own, and counts the answers by
 * their status: {@code java bench/Uploads.java URL FILE COUNT [BYTES [eager]]}. All connections are open
 * before the first byte is sent. BYTES pads the file, so that bodies are as large as one wants; with
 * {@code eager} after it, bodies are sent without waiting for the server's 100 Continue.
 */
final class Uploads {

  private Uploads() {}

  public static void main(String[] args) throws Exception {
    URI uri = URI.create(args[0]);
    byte[] file = Files.readAllBytes(Path.of(args[1]));
    int count = Integer.parseInt(args[2]);
    byte[] body =
        Arrays.copyOf(file, args.length > 3 ? Integer.parseInt(args[3]) : file.length);
    boolean eager = args.length > 4;
    Map<String, Integer> answers = new TreeMap<>();
    CountDownLatch connected = new CountDownLatch(count);
    long[] started = new long[1];
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < count; i++) {
        clients.submit(() -> {
          String answer;
          try {
            answer = upload(uri, body, eager, connected);
          } catch (IOException | InterruptedException e) {
            answer = e.getClass().getSimpleName() + ": " + e.getMessage();
          }
          synchronized (answers) {
            answers.merge(answer, 1, Integer::sum);
          }
        });
      }
      connected.await();
      started[0] = System.nanoTime();
    }
    System.out.printf(
        "%d uploads of %d bytes in %d ms: %s%n",
        count, body.length, (System.nanoTime() - started[0]) / 1_000_000, answers);
  }

  /** The status of the answer; a server may refuse without reading the body. */
  private static String upload(URI uri, byte[] body, boolean eager, CountDownLatch connected)
      throws IOException, InterruptedException {
    Socket opened = null;
    try {
      opened = new Socket(uri.getHost(), uri.getPort());
    } finally {
      connected.countDown();
    }
    try (Socket socket = opened) {
      connected.await();
      OutputStream out = socket.getOutputStream();
      String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
      out.write(
          ("POST " + uri.getRawPath() + query + " HTTP/1.1\r\nHost: " + uri.getHost()
                  + "\r\nConnection: close\r\nContent-Length: " + body.length
                  + (eager ? "" : "\r\nExpect: 100-continue") + "\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      if (eager) {
        out.write(body);
      }
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      String status = in.readLine();
      if (status != null && status.contains(" 100")) {
        in.readLine();
        out.write(body);
        status = in.readLine();
      }
      return status == null ? "closed without an answer" : status.replace("HTTP/1.1 ", "").strip();
    }
  }
}
