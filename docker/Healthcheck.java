import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;

/**
 * Exits with 0 if the server of this container is alive, or answers 200 to the path that is given,
 * such as {@code /readyz}; for images without a shell or curl.
 */
final class Healthcheck {

  private Healthcheck() {}

  public static void main(String[] args) throws Exception {
    String port = System.getenv().getOrDefault("PORT", "8080");
    URI uri = URI.create("http://127.0.0.1:" + port + (args.length > 0 ? args[0] : "/livez"));
    HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
    connection.setConnectTimeout(2_000);
    connection.setReadTimeout(2_000);
    try {
      System.exit(connection.getResponseCode() == 200 ? 0 : 1);
    } catch (IOException e) { // an engine's log wants one line
      System.err.println(uri + ": " + e);
      System.exit(1);
    }
  }
}
