package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What can be seen of the service from outside: metrics, traces and times. */
@SpringBootTest(
    classes = {ServingConfiguration.class, GatedModel.class, ObservabilityTest.Exporting.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {"resnet.default-model=net", "management.tracing.sampling.probability=0"})
@Timeout(60)
class ObservabilityTest {

  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String PARENT = "00f067aa0ba902b7";
  private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0";

  private final HttpClient client = HttpClient.newHttpClient();
  private final JsonMapper json = JsonMapper.shared();
  private final Exporter exporter;
  private final SdkTracerProvider tracerProvider;
  private final GatedModel.Gate gate;
  @LocalServerPort private int port;

  @Autowired
  ObservabilityTest(Exporter exporter, SdkTracerProvider tracerProvider, GatedModel.Gate gate) {
    this.exporter = exporter;
    this.tracerProvider = tracerProvider;
    this.gate = gate;
  }

  /** Keeps what is exported. */
  static final class Exporter implements SpanExporter {

    private final Queue<SpanData> spans = new ConcurrentLinkedQueue<>();

    @Override
    public CompletableResultCode export(Collection<SpanData> exported) {
      spans.addAll(exported);
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }

  @TestConfiguration(proxyBeanMethods = false)
  static class Exporting {

    @Bean
    Exporter exporter() {
      return new Exporter();
    }
  }

  @Test
  void aSampledRequestHasASpanForEachStageBelowItsOwn() throws Exception {
    classify(TRACE, "01", ServingTest.jpeg());

    await().until(() -> spans(TRACE).size() == 7); // the request's ends after its answer is there
    List<SpanData> spans = spans(TRACE);
    SpanData request = spans.getLast();
    assertThat(request.getName()).isEqualTo("POST /classify");
    assertThat(request.getParentSpanId()).isEqualTo(PARENT);
    List<SpanData> stages = spans.subList(0, spans.size() - 1);
    assertThat(stages)
        .extracting(SpanData::getName)
        .containsExactly("decode_queue", "decode", "preprocess", "queue", "inference", "ranking");
    assertThat(stages).extracting(SpanData::getParentSpanId).containsOnly(request.getSpanId());
    for (int i = 1; i < stages.size(); i++) {
      assertThat(stages.get(i).getStartEpochNanos())
          .isGreaterThanOrEqualTo(stages.get(i - 1).getEndEpochNanos());
    }
    assertThat(stages.getFirst().getStartEpochNanos())
        .as("the clock of the stages, on that of the request")
        .isBetween(
            request.getStartEpochNanos() - 1_000_000_000,
            request.getEndEpochNanos() + 1_000_000_000);
    SpanData inference = stages.get(4);
    assertThat(attribute(inference, "resnet.model")).isEqualTo("net");
    assertThat(attribute(inference, "resnet.version")).isEqualTo("1");
  }

  @Test
  void aStageThatFailsIsMarked() throws Exception {
    String trace = "5bf92f3577b34da6a3ce929d0e0e4736";
    byte[] truncated = Arrays.copyOf(ServingTest.jpeg(), 700);

    assertThat(classify(trace, "01", truncated).statusCode()).isEqualTo(422);

    SpanData decode = spans(trace).get(1);
    assertThat(decode.getName()).isEqualTo("decode");
    assertThat(attribute(decode, "error.type")).isEqualTo("unreadable-image");
  }

  @Test
  void aRequestThatIsNotSampledHasNoSpans() throws Exception {
    String trace = "6bf92f3577b34da6a3ce929d0e0e4736";

    classify(trace, "00", ServingTest.jpeg());

    assertThat(spans(trace)).isEmpty();
  }

  @Test
  void exemplarsLeadFromABucketToATrace() throws Exception {
    String trace = "7bf92f3577b34da6a3ce929d0e0e4736";
    classify(trace, "01", ServingTest.jpeg());

    List<String> lines = scrape(OPEN_METRICS);

    for (String name : List.of("decode", "preprocess", "queue", "inference", "requests")) {
      assertThat(lines)
          .as(name)
          .anyMatch(line ->
              line.startsWith("resnet_" + name + "_seconds_bucket{")
                  && line.matches(".*# \\{span_id=\"[0-9a-f]{16}\",trace_id=\"[0-9a-f]{32}\"} .*"));
    }
  }

  @Test
  void metricsHaveTheirNamesUnitsAndTags() throws Exception {
    classify(TRACE, "00", ServingTest.jpeg());

    List<String> lines = scrape("text/plain");

    String tags = "{model=\"net\",version=\"1\"}";
    assertThat(lines.stream().map(line -> line.replaceFirst(" [^ ]+$", "")))
        .contains(
            "resnet_requests_seconds_count{model=\"net\",outcome=\"success\",version=\"1\"}",
            "resnet_images_total{model=\"net\",outcome=\"success\",version=\"1\"}",
            "resnet_decode_queue_seconds_count" + tags,
            "resnet_decode_seconds_count" + tags,
            "resnet_preprocess_seconds_count" + tags,
            "resnet_queue_seconds_count" + tags,
            "resnet_inference_seconds_count" + tags,
            "resnet_ranking_seconds_count" + tags,
            "resnet_inference_seconds_bucket{model=\"net\",version=\"1\",le=\"0.02\"}",
            "resnet_batch_run_seconds_count" + tags,
            "resnet_batch_size_images_bucket{model=\"net\",version=\"1\",le=\"8.0\"}",
            "resnet_batch_failed_batches_total" + tags,
            "resnet_batch_rejected_images_total" + tags,
            "resnet_batch_expired_images_total" + tags,
            "resnet_batch_cancelled_images_total" + tags,
            "resnet_queue_length_images" + tags,
            "resnet_engine_busy_ratio" + tags,
            "resnet_model_state{model=\"net\",state=\"ready\",version=\"1\"}",
            "resnet_bodies_in_flight_bytes",
            "resnet_bodies_limit_bytes",
            "resnet_bodies_refused_requests_total",
            "resnet_decoding_in_flight_pixels",
            "resnet_decoding_limit_pixels",
            "resnet_decoding_refused_images_total");
    assertThat(lines)
        .contains("resnet_model_state{model=\"net\",state=\"ready\",version=\"1\"} 1.0");
    assertThat(lines)
        .contains("resnet_model_state{model=\"net\",state=\"loading\",version=\"1\"} 0.0");
  }

  @Test
  void metricsRelateAsTheyAreDocumented() throws Exception {
    List<String> before = quietScrape();
    byte[] good = ServingTest.jpeg();
    classify(TRACE, "00", good);
    classify(TRACE, "00", "no image".getBytes(StandardCharsets.UTF_8));
    classify(TRACE, "00", Arrays.copyOf(good, 700));
    send(request("/classify?top_k=99").POST(BodyPublishers.ofByteArray(good)));
    send(request("/classify?model=nought").POST(BodyPublishers.ofByteArray(good)));
    send(
        request("/classify")
            .header("Content-Type", "multipart/form-data; boundary=b")
            .POST(BodyPublishers.ofByteArray(twoParts(good, new byte[] {1}))));
    gate.broken(true);
    classify(TRACE, "00", good);
    gate.broken(false);
    List<String> after = scrape("text/plain");

    assertThat(grown(before, after, "resnet_requests_seconds_count")).isEqualTo(7);
    assertThat(grown(before, after, "resnet_requests_seconds_count.*model=\"none\"")).isEqualTo(2);
    assertThat(grown(before, after, "resnet_requests_seconds_count.*outcome=\"partial\""))
        .isEqualTo(1);
    assertThat(grown(before, after, "resnet_images_total")).isEqualTo(6);
    assertThat(grown(before, after, "resnet_images_total.*\"success\"")).isEqualTo(2);
    assertThat(grown(before, after, "resnet_images_total.*\"engine-failed\"")).isEqualTo(1);
    assertThat(grown(before, after, "resnet_images_total.*\"unsupported-image\"")).isEqualTo(2);
    assertThat(grown(before, after, "resnet_images_total.*\"unreadable-image\"")).isEqualTo(1);
    assertThat(grown(before, after, "resnet_decode_seconds_count")).isEqualTo(6);
    assertThat(grown(before, after, "resnet_preprocess_seconds_count")).isEqualTo(3);
    assertThat(grown(before, after, "resnet_inference_seconds_count")).isEqualTo(2);
    assertThat(grown(before, after, "resnet_ranking_seconds_count")).isEqualTo(2);
    assertThat(grown(before, after, "resnet_batch_size_images_sum")).isEqualTo(3);
    assertThat(grown(before, after, "resnet_batch_run_seconds_count")).isEqualTo(3);
    assertThat(grown(before, after, "resnet_batch_failed_batches_total")).isEqualTo(1);
    // It counts a request when its answer has been sent.
    String served = "http_server_requests_seconds_count.*\"/classify\"";
    await().until(() -> grown(before, scrape("text/plain"), served) == 7);
  }

  @ParameterizedTest
  @CsvSource({
    "/classify?odd=1, image/jpeg, '', bad-request",
    "/classify, image/jpeg, '', bad-request",
    "/classify, application/json, '{', bad-request",
    "/classify, application/json, '{\"images\": [{\"url\": \"https://x.invalid/\"}]}', forbidden",
    "/classify, multipart/form-data, x, bad-request",
    "/classify, application/x-ndjson, '', bad-request",
    "/features?layer=odd, image/jpeg, x, bad-request",
    "/features, image/jpeg, x, unsupported-image",
    "/explain?class=x, image/jpeg, x, bad-request",
    "/v2/models/net/infer, application/json, '{}', bad-request",
    "/v2/models/net/infer, application/json, '{\"inputs\": []}', bad-request",
    "/v2/models/none/infer, application/json, '{}', unknown-model",
    "/v2/models/net/versions/9/infer, application/json, '{}', unknown-version"
  })
  void everyRefusalIsCountedOnceUnderItsName(String path, String type, String body, String outcome)
      throws Exception {
    List<String> before = quietScrape();

    assertThat(
            send(request(path).header("Content-Type", type).POST(BodyPublishers.ofString(body)))
                .statusCode())
        .isGreaterThanOrEqualTo(400);

    String all = "resnet_requests_seconds_count.*";
    await().until(() -> grown(before, scrape("text/plain"), all) > 0);
    List<String> after = quietScrape();
    assertThat(grown(before, after, all)).isEqualTo(1);
    assertThat(grown(before, after, all + "outcome=\"" + outcome + "\"")).isEqualTo(1);
  }

  @Test
  void answersTellTheirTimesToBrowsers() throws Exception {
    for (String path : List.of("/classify", "/features")) {
      HttpResponse<String> answer =
          send(request(path).POST(BodyPublishers.ofByteArray(ServingTest.jpeg())));

      String times = answer.headers().firstValue("Server-Timing").orElseThrow();
      assertThat(times)
          .matches(
              "decode;dur=[0-9.]+, preprocess;dur=[0-9.]+, queue;dur=[0-9.]+, "
                  + "inference;dur=[0-9.]+, total;dur=[0-9.]+");
      JsonNode timing = json.readTree(answer.body()).get("timing");
      assertThat(duration(times, "decode") + duration(times, "preprocess"))
          .isCloseTo(timing.get("decode_ms").asDouble(), offset(0.002));
      assertThat(duration(times, "total"))
          .isCloseTo(timing.get("total_ms").asDouble(), offset(0.001));
    }
  }

  @Test
  void theServerTellsWhatComputesAndDecodes() throws Exception {
    int processors = Runtime.getRuntime().availableProcessors();
    JsonNode threads = json.readTree(send(request("/actuator/threads").GET()).body());
    assertThat(threads.toString())
        .isEqualTo(
            "{\"device\":\"cpu\",\"processors\":%1$d,\"workers\":%2$d,\"threadsPerWorker\":%3$d,\"decoders\":%1$d}"
                .formatted(processors, processors == 2 ? 2 : 1, processors == 2 ? 1 : processors));
    JsonNode info = json.readTree(send(request("/actuator/info").GET()).body());
    assertThat(info.at("/decoders/jpeg").stringValue()).isIn("libjpeg-turbo", "imageio");
  }

  private static byte[] twoParts(byte[] one, byte[] two) {
    StringBuilder body = new StringBuilder();
    for (byte[] part : List.of(one, two)) {
      body.append("--b\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\n")
          .append(new String(part, StandardCharsets.ISO_8859_1))
          .append("\r\n");
    }
    return body.append("--b--\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** How much the sum of all samples whose name and tags begin so has grown. */
  private static double grown(List<String> before, List<String> after, String pattern) {
    return sum(after, pattern) - sum(before, pattern);
  }

  private static double sum(List<String> lines, String pattern) {
    Pattern sample = Pattern.compile(pattern + ".* ([^ ]+)");
    return lines.stream()
        .map(sample::matcher)
        .filter(Matcher::matches)
        .mapToDouble(matcher -> Double.parseDouble(matcher.group(1)))
        .sum();
  }

  private static double duration(String times, String name) {
    Matcher matcher = Pattern.compile(name + ";dur=([0-9.]+)").matcher(times);
    assertThat(matcher.find()).isTrue();
    return Double.parseDouble(matcher.group(1));
  }

  private static String attribute(SpanData span, String name) {
    return String.valueOf(span.getAttributes().get(AttributeKey.stringKey(name)));
  }

  /** The spans of one trace, in the order in which they ended. */
  private List<SpanData> spans(String trace) {
    tracerProvider.forceFlush().join(20, TimeUnit.SECONDS);
    return new ArrayList<>(
        exporter.spans.stream().filter(span -> span.getTraceId().equals(trace)).toList());
  }

  /** A scrape when all earlier requests are counted. */
  private List<String> quietScrape() throws Exception {
    await()
        .until(() ->
            sum(scrape("text/plain"), "http_server_requests_active_seconds_count.*\"POST\"") == 0);
    return scrape("text/plain");
  }

  private List<String> scrape(String accept) throws Exception {
    HttpResponse<String> answer =
        send(request("/actuator/prometheus").header("Accept", accept).GET());
    assertThat(answer.statusCode()).isEqualTo(200);
    return answer.body().lines().toList();
  }

  private HttpResponse<String> classify(String trace, String flags, byte[] body) throws Exception {
    return send(
        request("/classify")
            .header("traceparent", "00-%s-%s-%s".formatted(trace, PARENT, flags))
            .POST(BodyPublishers.ofByteArray(body)));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), BodyHandlers.ofString());
  }
}
