package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What people send who meant an image: each mistake is named, and each harmless form is read. */
@SpringBootTest(
    classes = {ServingConfiguration.class, BodyFormsTest.Models.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = "resnet.default-model=net")
@Timeout(60)
class BodyMistakesTest {

  private static final Path IMAGES = Path.of("src/test/resources/images");
  private static final String FORM = "application/x-www-form-urlencoded";
  private static final String MULTIPART = "multipart/form-data; boundary=xyz";

  private final HttpClient client = HttpClient.newHttpClient();
  @LocalServerPort private int port;

  /** One answer of the service. */
  private record Reply(int status, JsonNode body) {

    String detail() {
      return body.path("detail").asString();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"baseline.jpg", "rgb.png", "plain.gif", "rgb.bmp", "lossless.webp"})
  void aFileWithoutItsLineBreaksIsToldHowToBeSent(String name) throws Exception {
    byte[] whole = Files.readAllBytes(IMAGES.resolve(name));
    Reply stripped = post("/classify", FORM, withoutLineBreaks(whole));
    if (stripped.status() != 200) { // a few are read all the same
      assertThat(stripped.status()).isIn(415, 422);
      assertThat(stripped.detail())
          .endsWith(
              "The body came as a form and has no line break, as if curl -d had sent it, which"
                  + " takes them out of files: use --data-binary @FILE or -F image=@FILE.");
    }
    // curl --data-binary says form, too, and sends what it should.
    assertThat(post("/classify", FORM, whole).status()).isEqualTo(200);
    assertThat(post("/classify", "image/" + name, whole).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/classify", "/features", "/explain"})
  void theHintIsGivenWhereverAnImageIsSent(String path) throws Exception {
    byte[] png = Files.readAllBytes(IMAGES.resolve("rgb.png"));
    assertThat(post(path, FORM, withoutLineBreaks(png)).detail())
        .contains("they look like a PNG whose line ends were changed on the way")
        .contains("--data-binary");
    assertThat(post(path, "image/png", withoutLineBreaks(png)).detail())
        .doesNotContain("--data-binary");
  }

  private static byte[] withoutLineBreaks(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte b : bytes) {
      if (b != '\n' && b != '\r') {
        out.write(b);
      }
    }
    return out.toByteArray();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        FORM + "|its Content-Type is application/x-www-form-urlencoded",
        "text/json|its Content-Type is text/json",
        "text/json; charset=utf-8|its Content-Type is text/json",
        "text/plain|its Content-Type is text/plain",
        "application/octet-stream|its Content-Type is application/octet-stream",
        "application/x-json|its Content-Type is application/x-json",
        "image/jpeg|its Content-Type is image/jpeg",
        "|has no Content-Type"
      })
  void jsonUnderAnotherTypeIsToldTheRightOne(String type, String what) throws Exception {
    Reply reply = post("/classify", type, json("AAAA"));
    assertThat(reply.status()).isEqualTo(415);
    assertThat(reply.detail())
        .isEqualTo(
            "The body looks like JSON and "
                + what
                + ". Send JSON as application/json, lines of JSON as application/x-ndjson.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "data:image/webp;base64,",
        "data:;base64,",
        "DATA:application/octet-stream;base64,"
      })
  void base64IsReadWithTheHeaderOfADataUrlWhereverItIsRead(String header) throws Exception {
    byte[] image = Files.readAllBytes(Path.of("src/test/resources/horse.webp"));
    String padded = Base64.getEncoder().encodeToString(image);
    String unpadded = Base64.getUrlEncoder().withoutPadding().encodeToString(image);
    String lines = Base64.getMimeEncoder().encodeToString(image).replace("\r\n", "\\r\\n");
    for (String text : new String[] {padded, unpadded, lines}) {
      String data = header + text;
      assertThat(post("/classify", "application/json", json(data)).status()).isEqualTo(200);
      assertThat(post("/explain", "application/json", json(data)).status()).isEqualTo(200);
      Reply line = post("/classify", "application/x-ndjson", bytes("{\"data\": \"" + data + "\"}"));
      assertThat(line.body().path("image").path("format").asString()).isEqualTo("webp");
      String call =
          "{\"inputs\": [{\"name\": \"image\", \"datatype\": \"BYTES\", \"shape\": [1], \"data\": [\"%s\"]}]}"
              .formatted(data);
      assertThat(post("/v2/models/net/infer", "application/json", bytes(call)).status())
          .isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"%", "AAA*", "data:image/png,AAAA", "http://x/y.jpg", "AAAAA"})
  void whatIsNoBase64IsSaidToBeNone(String data) throws Exception {
    assertThat(post("/classify", "application/json", json(data)).detail())
        .isEqualTo("images[0].data is not base64.");
    assertThat(
            post("/classify", "application/x-ndjson", bytes("{\"data\": \"" + data + "\"}"))
                .body()
                .at("/error/detail")
                .asString())
        .isEqualTo("Line 1: data is not base64.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "multipart/form-data; boundary=other|The boundary of the Content-Type is nowhere in the body, which should begin with --other and begins with --xyz. Leave",
        "multipart/form-data; boundary=XYZ|The boundary of the Content-Type is nowhere in the body, which should begin with --XYZ and begins with --xyz. Leave",
        "multipart/form-data; boundary=\"xyz1\"|The boundary of the Content-Type is nowhere in the body, which should begin with --xyz1 and begins with --xyz. Leave",
        "multipart/form-data; boundary=--xyz|The boundary of the Content-Type is nowhere in the body, which should begin with ----xyz and begins with --xyz. Leave",
        "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxk|The boundary of the Content-Type is nowhere in the body, which should begin with ------WebKit",
        "multipart/form-data|The Content-Type multipart/form-data has no boundary. Leave the header",
        "multipart/form-data; boundary=|The Content-Type multipart/form-data has no boundary. Leave the header",
        "multipart/form-data; charset=utf-8|The Content-Type multipart/form-data has no boundary. Leave the header"
      })
  void aWrongBoundaryIsNamed(String type, String detail) throws Exception {
    Reply reply =
        post("/classify", type, part("Content-Disposition: form-data; name=\"image\"\r\n"));
    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.detail()).startsWith(detail);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Type: image/webp\r\n",
        "Content-Disposition: form-data\r\n",
        "Content-Disposition: form-data; filename=\"a.webp\"\r\n",
        "Content-Disposition: attachment; filename=\"a.webp\"\r\n",
        "Content-Disposition: inline\r\nContent-Type: image/webp\r\n",
        "X-Name: image\r\n"
      })
  void aPartWithoutANameIsNamed(String header) throws Exception {
    Reply reply = post("/classify", MULTIPART, part(header));
    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.detail())
        .isEqualTo(
            "A part of the form has no name. Each needs a header such as Content-Disposition:"
                + " form-data; name=\"image\"; filename=\"photo.jpg\".");
  }

  @Test
  void aFormIsReadWhereItsPartsAreNamedAndAnEmptyOneIsEmpty() throws Exception {
    Reply reply =
        post("/classify", MULTIPART, part("Content-Disposition: form-data; name=\"image\"\r\n"));
    assertThat(reply.body().at("/results/0/image/format").asString()).isEqualTo("webp");
    assertThat(post("/classify", MULTIPART, bytes("--xyz--\r\n")).detail())
        .startsWith("The body is empty.");
    assertThat(post("/classify", MULTIPART, new byte[0]).status()).isEqualTo(400);
  }

  @Test
  void aPartWithoutHeadersAndABodyThatIsCutOffAreToldHowAFormIsMade() throws Exception {
    byte[] whole = part("Content-Disposition: form-data; name=\"image\"\r\n");
    for (byte[] body : new byte[][] {part(""), Arrays.copyOf(whole, whole.length - 12)}) {
      assertThat(post("/classify", MULTIPART, body).detail())
          .isEqualTo(
              "The multipart body is malformed or cut off. Each part has headers, an empty line"
                  + " and its content, and the last one is followed by the boundary and two"
                  + " hyphens.");
    }
  }

  private static byte[] part(String headers) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(bytes("--xyz\r\n" + headers + "\r\n"));
    out.writeBytes(Files.readAllBytes(Path.of("src/test/resources/horse.webp")));
    out.writeBytes(bytes("\r\n--xyz--\r\n"));
    return out.toByteArray();
  }

  @Test
  void anOddFileIsAnsweredWithANoteAndAnotherWithoutTheField() throws Exception {
    byte[] gif = Files.readAllBytes(IMAGES.resolve("plain.gif"));
    byte[] cut = Arrays.copyOf(gif, gif.length - 1);
    for (String path : new String[] {"/classify", "/features"}) {
      assertThat(post(path, "image/gif", cut).body().at("/results/0/image/notes").toString())
          .isEqualTo("[\"end marker missing\"]");
      assertThat(post(path, "image/gif", gif).body().at("/results/0/image").propertyNames())
          .containsExactly("format", "width", "height");
      String line = "{\"data\": \"" + Base64.getEncoder().encodeToString(cut) + "\"}";
      assertThat(
              post(path, "application/x-ndjson", bytes(line)).body().at("/image/notes").toString())
          .isEqualTo("[\"end marker missing\"]");
    }
    assertThat(post("/explain", "image/gif", cut).body().at("/image/notes").toString())
        .isEqualTo("[\"end marker missing\"]");
  }

  private static byte[] json(String data) {
    return bytes("{\"images\": [{\"data\": \"" + data + "\"}]}");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Reply post(String path, @Nullable String type, byte[] body) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
            .timeout(Duration.ofSeconds(20))
            .POST(BodyPublishers.ofByteArray(body));
    if (type != null) {
      request.header("Content-Type", type);
    }
    HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
    return new Reply(response.statusCode(), JsonMapper.shared().readTree(response.body()));
  }
}
