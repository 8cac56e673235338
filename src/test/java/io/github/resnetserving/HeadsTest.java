package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.UnsafeByteOperations;
import io.github.resnetserving.heads.Head.Backbone;
import io.github.resnetserving.heads.Head.Kind;
import io.github.resnetserving.heads.HeadDraft;
import io.github.resnetserving.heads.HeadFitter;
import io.github.resnetserving.heads.HeadRepository;
import io.github.resnetserving.inference.ModelRegistry;
import io.github.resnetserving.inference.ModelState;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.openinference.wire.GRPCInferenceServiceGrpc;
import io.github.resnetserving.openinference.wire.InferParameter;
import io.github.resnetserving.openinference.wire.InferTensorContents;
import io.github.resnetserving.openinference.wire.ModelInferRequest;
import io.github.resnetserving.openinference.wire.ModelInferRequest.InferInputTensor;
import io.github.resnetserving.openinference.wire.ModelInferResponse;
import io.github.resnetserving.tensor.NpyHeader;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Heads over HTTP and gRPC, on the bundled network, for dark and bright noise. */
@SpringBootTest(
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = "resnet.access.keyless-administration=true")
@Timeout(120)
class HeadsTest {

  private static final String MODEL = "cifar10-resnet20";
  private static final int WIDTH = 64;

  @TempDir private static Path models;
  private final HttpClient client = HttpClient.newHttpClient();
  private final JsonMapper json = JsonMapper.shared();
  @LocalServerPort private int port;
  @Autowired private ModelRegistry registry;
  @Autowired private GrpcServerLifecycle grpc;

  @DynamicPropertySource
  static void folder(DynamicPropertyRegistry properties) {
    properties.add("resnet.models-dir", () -> models);
  }

  @BeforeEach
  void isReady() {
    await().atMost(Duration.ofMinutes(1)).until(() -> get("/readyz").statusCode() == 200);
  }

  @AfterEach
  void removeAll() throws IOException {
    HeadRepository heads = new HeadRepository(models);
    for (String name : heads.names(MODEL)) {
      heads.remove(MODEL, name, null);
    }
  }

  @Test
  void aHeadFromAZipAnswersAtOnceAndSaysWhichItIs() throws Exception {
    HttpResponse<String> fitted = put("noise", "", zip(images("dark", "bright")));

    assertThat(fitted.statusCode()).as(fitted.body()).isEqualTo(201);
    JsonNode head = json.readTree(fitted.body());
    assertThat(head.get("version").stringValue()).isEqualTo("1");
    assertThat(head.get("kind").stringValue()).isEqualTo("linear");
    assertThat(head.get("classes").intValue()).isEqualTo(2);
    assertThat(head.get("images").intValue()).isEqualTo(12);
    assertThat(head.get("accuracy").doubleValue()).isEqualTo(1);
    assertThat(head.get("c").doubleValue()).isPositive();
    assertThat(head.get("k").isNull()).isTrue();

    JsonNode answer = ok(classify("?head=noise", noise(0, 99)));
    JsonNode predictions = answer.at("/results/0/predictions");
    assertThat(predictions).hasSize(2);
    assertThat(predictions.at("/0/label").stringValue()).isEqualTo("dark");
    assertThat(predictions.at("/0/index").intValue()).isEqualTo(1);
    assertThat(predictions.at("/0/wnid").isNull()).isTrue();
    assertThat(predictions.at("/0/probability").doubleValue()).isBetween(0.5, 1.0);
    assertThat(answer.at("/results/0").has("heads")).isFalse();
    assertThat(answer.at("/model/name").stringValue()).isEqualTo(MODEL);
    assertThat(answer.at("/model/heads").toString())
        .isEqualTo(
            "[{\"name\":\"noise\",\"version\":\"1\",\"digest\":%s}]".formatted(head.get("digest")));
  }

  @Test
  void withoutAHeadTheAnswerIsAsItWas() throws Exception {
    put("noise", "", zip(images("dark", "bright")));

    JsonNode answer = ok(classify("?logits=true", noise(0, 99)));

    assertThat(answer.at("/results/0/predictions")).hasSize(5);
    assertThat(answer.at("/results/0/logits")).hasSize(10);
    assertThat(answer.at("/model").has("heads")).isFalse();
    assertThat(answer.at("/results/0").has("heads")).isFalse();
  }

  @Test
  void severalHeadsAnswerOneRequestEachByItsName() throws Exception {
    put("noise", "", tar(images("dark", "bright")));
    put("same", "?kind=nearest&k=3", gzip(tar(images("dim", "bright", "other"))));

    JsonNode answer = ok(classify("?head=noise&head=same&top_k=3&logits=true", noise(0, 99)));

    JsonNode result = answer.at("/results/0");
    assertThat(result.get("predictions").isNull()).isTrue();
    assertThat(result.has("logits")).isFalse();
    assertThat(result.at("/heads/noise/predictions")).hasSize(2);
    assertThat(result.at("/heads/noise/logits")).hasSize(2);
    assertThat(result.at("/heads/noise/predictions/0/label").stringValue()).isEqualTo("dark");
    assertThat(result.at("/heads/same/predictions")).hasSize(3);
    assertThat(result.at("/heads/same/predictions/0/label").stringValue()).isEqualTo("dim");
    assertThat(answer.at("/model/heads")).hasSize(2);
    assertThat(answer.at("/model/heads/1/name").stringValue()).isEqualTo("same");
  }

  @Test
  void linesOfAStreamAndTenImagesHaveAHead() throws Exception {
    put("noise", "", zip(images("dark", "bright")));
    String line =
        "{\"id\":\"%s\",\"data\":\"%s\"}\n"
            .formatted("one", Base64.getEncoder().encodeToString(noise(128, 7)));

    HttpResponse<String> answer =
        send(
            request("/classify?head=noise")
                .header("Content-Type", "application/x-ndjson")
                .POST(BodyPublishers.ofString(line + line)));

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    List<String> lines = answer.body().lines().toList();
    assertThat(lines).hasSize(2);
    for (String each : lines) {
      JsonNode told = json.readTree(each);
      assertThat(told.at("/predictions/0/label").stringValue()).isEqualTo("bright");
      assertThat(told.at("/model/heads/0/name").stringValue()).isEqualTo("noise");
    }
  }

  @Test
  void anUnknownHeadIsAProblemOfItsOwn() throws Exception {
    put("noise", "", zip(images("dark", "bright")));

    JsonNode problem = problem(classify("?head=birds", noise(0, 1)), 404, "unknown-head");

    assertThat(problem.get("detail").stringValue())
        .isEqualTo("The model cifar10-resnet20 has no head birds. There are: noise.");
    assertThat(
            problem(classify("?head=noise&top_k=3", noise(0, 1)), 400, "bad-request")
                .get("detail")
                .stringValue())
        .isEqualTo("top_k is 3: the head noise has 2 classes, so it must be between 1 and 2.");
    assertThat(problem(delete("birds"), 404, "unknown-head").get("detail").stringValue())
        .isEqualTo("The model cifar10-resnet20 has no head birds. There are: noise.");
  }

  @Test
  void aHeadOfOtherWeightsIsRefused() throws Exception {
    ModelSpec own = spec();
    var other = new Backbone(MODEL, "1", "sha256:0", own.preprocessing().id(), "fp32");
    new HeadRepository(models).add("foreign", other, fitted(), "a test");

    JsonNode problem = problem(classify("?head=foreign", noise(0, 1)), 422, "unusable-head");

    assertThat(problem.get("detail").stringValue())
        .isEqualTo(
            "The head foreign was fitted to the features of another network than"
                + " cifar10-resnet20 version 1: its weights are sha256:0, and the model's are %s."
                    .formatted(own.digest())
                + " Fit it again.");
  }

  @Test
  void aHeadThatAnotherProcessWritesAnswersAtItsFirstRequest() throws Exception {
    problem(classify("?head=written", noise(0, 1)), 404, "unknown-head");

    new HeadRepository(models).add("written", Backbone.of(spec(), "fp32"), fitted(), "a test");

    assertThat(ok(classify("?head=written", noise(0, 1))).at("/results/0/predictions")).hasSize(2);
  }

  @Test
  void modelsListTheirHeadsUntilTheyAreRemoved() throws Exception {
    put("noise", "", zip(images("dark", "bright")));

    JsonNode listed = ok(get("/models/" + MODEL)).get("heads");
    assertThat(listed).hasSize(1);
    assertThat(listed.at("/0/name").stringValue()).isEqualTo("noise");
    assertThat(listed.at("/0/weights").stringValue()).isEqualTo(spec().digest());
    assertThat(listed.at("/0/data").stringValue()).startsWith("uploaded as request ");

    assertThat(delete("noise").statusCode()).isEqualTo(204);

    assertThat(ok(get("/models/" + MODEL)).get("heads")).isEmpty();
    problem(classify("?head=noise", noise(0, 1)), 404, "unknown-head");
  }

  @Test
  void featuresAreFittedAsTheyAre() throws Exception {
    float[] numbers = new float[8 * WIDTH];
    for (int i = 0; i < 8; i++) {
      numbers[i * WIDTH] = i < 4 ? i : 20 + i;
    }
    Map<String, byte[]> files = new TreeMap<>();
    files.put("features.npy", npy(8, WIDTH, numbers));
    files.put("labels.txt", "a\na\na\na\nb\nb\nb\nb\n".getBytes(StandardCharsets.UTF_8));

    HttpResponse<String> fitted = put("stored", "", zip(files));

    assertThat(fitted.statusCode()).as(fitted.body()).isEqualTo(201);
    assertThat(ok(classify("?head=stored", noise(0, 1))).at("/results/0/predictions")).hasSize(2);

    files.put("features.npy", npy(8, 32, new float[8 * 32]));
    assertThat(unusable(zip(files)))
        .isEqualTo("features.npy is 32 wide, and the features of cifar10-resnet20 are 64.");
    files.put("labels.txt", "a\nb\n".getBytes(StandardCharsets.UTF_8));
    assertThat(unusable(zip(files)))
        .isEqualTo(
            "labels.txt names 2 classes and features.npy has 8 rows: it needs a class a row.");
    files.remove("labels.txt");
    assertThat(unusable(zip(files)))
        .isEqualTo(
            "The archive holds features.npy: features need features.npy and labels.txt, and no"
                + " images beside them.");
  }

  @Test
  void anArchiveThatCannotBeUsedIsToldWhatIsWrong() throws Exception {
    assertThat(unusable(noise(0, 1)))
        .isEqualTo(
            "The body is neither a zip nor a tar. Send one with a folder of images for each"
                + " class.");
    assertThat(unusable(zip(Map.of("a.png", noise(0, 1)))))
        .isEqualTo(
            "The archive holds no images in folders: put the images of each class into a folder of"
                + " its own.");
    Map<String, byte[]> files = images("dark", "bright");
    files.put("dark/notes.txt", "no image".getBytes(StandardCharsets.UTF_8));
    assertThat(unusable(zip(files))).startsWith("dark/notes.txt in the archive cannot be used: ");
    assertThat(unusable(zip(images("dark"))))
        .isEqualTo(
            "There is one class alone, dark: a head needs at least two classes, each with its"
                + " images.");
    byte[] whole = tar(images("dark", "bright"));
    assertThat(unusable(gzip(whole, whole.length / 2)))
        .startsWith("The archive is damaged or cut off (");
    problem(put("noise", "?kind=round", zip(images("dark", "bright"))), 400, "bad-request");
    problem(put("noise", "?k=x", zip(images("dark", "bright"))), 400, "bad-request");
    problem(
        send(request("/models/nought/heads/noise").PUT(BodyPublishers.ofByteArray(new byte[9]))),
        404,
        "unknown-model");
  }

  @Test
  void version2OfTheProtocolHasAHeadByAParameter() throws Exception {
    put("noise", "", zip(images("dark", "bright")));
    String body =
        """
        {"parameters": {"head": "%s"}, "inputs": [{"name": "image", "datatype": "BYTES",
         "shape": [1], "data": ["%s"]}], "outputs": [{"name": "probabilities"},
         {"name": "logits", "parameters": {"classification": 1}}, {"name": "features"}]}
        """;
    String image = Base64.getEncoder().encodeToString(noise(0, 99));

    JsonNode answer =
        ok(post("/v2/models/%s/infer".formatted(MODEL), body.formatted("noise", image)));

    assertThat(answer.at("/outputs/0/shape").toString()).isEqualTo("[1,2]");
    assertThat(answer.at("/outputs/1/data/0").stringValue()).endsWith(":1:dark");
    assertThat(answer.at("/outputs/2/shape").toString()).isEqualTo("[1,64]");
    HttpResponse<String> unknown =
        post("/v2/models/%s/infer".formatted(MODEL), body.formatted("birds", image));
    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(unknown.body())
        .isEqualTo(
            "{\"error\":\"The model cifar10-resnet20 has no head birds. There are: noise.\"}");
  }

  @Test
  void grpcHasAHeadByAParameter() throws Exception {
    put("noise", "", zip(images("dark", "bright")));
    ManagedChannel channel =
        ManagedChannelBuilder.forAddress("localhost", grpc.getPort()).usePlaintext().build();
    try {
      ModelInferResponse answer =
          GRPCInferenceServiceGrpc.newBlockingStub(channel)
              .modelInfer(
                  ModelInferRequest.newBuilder()
                      .setModelName(MODEL)
                      .putParameters(
                          "head", InferParameter.newBuilder().setStringParam("noise").build())
                      .addInputs(
                          InferInputTensor.newBuilder()
                              .setName("image")
                              .setDatatype("BYTES")
                              .addShape(1)
                              .setContents(
                                  InferTensorContents.newBuilder()
                                      .addBytesContents(
                                          UnsafeByteOperations.unsafeWrap(noise(0, 99)))))
                      .build());

      assertThat(answer.getOutputs(1).getName()).isEqualTo("probabilities");
      assertThat(answer.getOutputs(1).getShapeList()).containsExactly(1L, 2L);
    } finally {
      channel.shutdownNow();
    }
  }

  private ModelSpec spec() {
    return ((ModelState.Ready) registry.versions(MODEL).getFirst()).spec();
  }

  private static HeadDraft fitted() throws Exception {
    HeadFitter fitter = new HeadFitter();
    for (int i = 0; i < 6; i++) {
      float[] features = new float[WIDTH];
      features[0] = i < 3 ? i : 10 + i;
      fitter.add(features, i < 3 ? "a" : "b");
    }
    return fitter.fit(Kind.LINEAR, 1);
  }

  private String unusable(byte[] archive) throws Exception {
    return problem(put("wrong", "", archive), 422, "unusable-head").get("detail").stringValue();
  }

  private JsonNode problem(HttpResponse<String> answer, int status, String type) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    JsonNode problem = json.readTree(answer.body());
    assertThat(problem.get("type").stringValue()).isEqualTo("/problems/" + type);
    return problem;
  }

  private JsonNode ok(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return json.readTree(answer.body());
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(request(path));
  }

  private HttpResponse<String> delete(String head) throws Exception {
    return send(request("/models/%s/heads/%s".formatted(MODEL, head)).DELETE());
  }

  private HttpResponse<String> put(String head, String query, byte[] archive) throws Exception {
    return send(
        request("/models/%s/heads/%s%s".formatted(MODEL, head, query))
            .PUT(BodyPublishers.ofByteArray(archive)));
  }

  private HttpResponse<String> post(String path, String body) throws Exception {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body)));
  }

  private HttpResponse<String> classify(String query, byte[] image) throws Exception {
    return send(request("/classify" + query).POST(BodyPublishers.ofByteArray(image)));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://localhost:%d%s".formatted(port, path)));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private static Map<String, byte[]> images(String... classes) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    for (int c = 0; c < classes.length; c++) {
      for (int i = 0; i < 6; i++) {
        files.put("%s/%d.png".formatted(classes[c], i), noise(c * 60, i));
      }
    }
    return files;
  }

  private static byte[] noise(int level, int seed) throws IOException {
    Random random = new Random(seed);
    BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 32 * 32; i++) {
      image.setRGB(i % 32, i / 32, (level + random.nextInt(60)) * 0x010101);
    }
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    ImageIO.write(image, "png", file);
    return file.toByteArray();
  }

  private static byte[] npy(int rows, int width, float[] values) {
    byte[] header = NpyHeader.of(/* half= */ false, List.of(rows, width), 0);
    ByteBuffer file =
        ByteBuffer.allocate(header.length + values.length * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(header);
    for (float value : values) {
      file.putFloat(value);
    }
    return file.array();
  }

  private static byte[] zip(Map<String, byte[]> files) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(file.getValue());
        zip.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static byte[] tar(Map<String, byte[]> files) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
        entry.setSize(file.getValue().length);
        tar.putArchiveEntry(entry);
        tar.write(file.getValue());
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static byte[] gzip(byte[] plain) throws IOException {
    return gzip(plain, plain.length);
  }

  /** Of the first bytes. */
  private static byte[] gzip(byte[] plain, int length) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(plain, 0, length);
    }
    return bytes.toByteArray();
  }
}
