package io.github.resnetserving.cli.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks a running server what it serves and what it has used. Thread-safe. */
final class ServerProbe implements AutoCloseable {

  /**
   * What computes answers.
   *
   * @param plan its kind; empty while the server has not chosen
   */
  record Served(
      String model,
      String precision,
      Optional<String> plan,
      int processors,
      int workers,
      int threads) {}

  /**
   * What the process has used since its start.
   *
   * @param cpuNanos processor time
   * @param batches that were computed
   * @param images in them
   */
  record Used(double cpuNanos, double batches, double images, double residentBytes) {}

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final JsonMapper JSON = new JsonMapper();

  private final HttpClient client = HttpClient.newHttpClient();
  private final URI server;

  /**
   * @param server any address of it
   */
  ServerProbe(URI server) {
    this.server = server;
  }

  /** What serves requests that name no model. */
  Served served() throws IOException, InterruptedException {
    JsonNode threads = json("/actuator/threads");
    for (JsonNode model : json("/models").path("models")) {
      if (model.path("default").asBoolean(false)) {
        return served(model, threads);
      }
    }
    throw new IOException(server + " serves no model by default");
  }

  private Served served(JsonNode model, JsonNode threads) throws IOException {
    String name = model.path("name").asString("");
    for (JsonNode version : model.path("versions")) {
      if (version.path("state").asString("").equals("ready")) {
        if (!version.path("device").asString("").equals("cpu")) {
          throw new IOException(
              "%s is computed on %s: only processors are measured"
                  .formatted(name, version.path("device").asString("")));
        }
        Optional<String> plan = Optional.empty();
        for (JsonNode each : version.path("plans")) {
          if (each.path("serves").asBoolean(false)) {
            plan = Optional.of(each.path("plan").asString("").toUpperCase(Locale.ROOT));
          }
        }
        return new Served(
            name,
            version.path("precision").asString(""),
            plan,
            threads.path("processors").asInt(0),
            threads.path("workers").asInt(0),
            threads.path("threadsPerWorker").asInt(0));
      }
    }
    throw new IOException("%s is not ready: ask again when /readyz answers 200".formatted(name));
  }

  Used used() throws IOException, InterruptedException {
    String metrics = get("/actuator/prometheus");
    return new Used(
        sum(metrics, "process_cpu_time_ns_total"),
        sum(metrics, "resnet_batch_size_images_count"),
        sum(metrics, "resnet_batch_size_images_sum"),
        sum(metrics, "process_resident_memory_bytes"));
  }

  private double sum(String metrics, String name) throws IOException {
    double[] values =
        metrics
            .lines()
            .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
            .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
            .toArray();
    if (values.length == 0) {
      throw new IOException(
          "%s does not tell %s in /actuator/prometheus: it must be this service, on Linux"
              .formatted(server, name));
    }
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum;
  }

  private JsonNode json(String path) throws IOException, InterruptedException {
    try {
      return JSON.readTree(get(path));
    } catch (JacksonException e) {
      throw new IOException("%s answers no JSON for %s".formatted(server, path), e);
    }
  }

  private String get(String path) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(server.resolve(path)).timeout(PATIENCE).build();
    HttpResponse<String> response;
    try {
      response = client.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      throw new IOException(
          "%s does not answer: start the server there first, or give another --url"
              .formatted(request.uri()),
          e);
    }
    if (response.statusCode() != 200) {
      throw new IOException(
          "%s answers %d: the server must let anyone ask for it while it is measured"
              .formatted(request.uri(), response.statusCode()));
    }
    return response.body();
  }

  @Override
  public void close() {
    client.close();
  }
}
