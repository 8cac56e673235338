package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.sandbox.ImageSandbox;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** BMP and TIFF over HTTP, good ones and those that once ended the service. */
@SpringBootTest(
    classes = {ServingConfiguration.class, ServingTest.Models.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = "resnet.default-model=net")
@Timeout(120)
class SandboxServingTest {

  private static final Path IMAGES = Path.of("src/test/resources/images");

  private final HttpClient client = HttpClient.newHttpClient();
  private final ImageSandbox sandbox;
  @LocalServerPort private int port;

  @Autowired
  SandboxServingTest(ImageSandbox sandbox) {
    this.sandbox = sandbox;
  }

  @AfterEach
  void goodImagesAreAnswered() throws Exception {
    assertThat(classify(Files.readAllBytes(IMAGES.resolve("rgb.bmp"))).statusCode()).isEqualTo(200);
    assertThat(classify(ServingTest.jpeg()).statusCode()).isEqualTo(200);
    assertThat(sandbox.processes()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gray.bmp", "palette.bmp", "cmyk.tif", "lzw.tif", "oriented.tif"})
  void imagesOfRareFormatsAreClassified(String image) throws Exception {
    HttpResponse<String> answer = classify(Files.readAllBytes(IMAGES.resolve(image)));

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(JsonMapper.shared().readTree(answer.body()).at("/results/0/image/format").asString())
        .isEqualTo(image.endsWith(".bmp") ? "bmp" : "tiff");
  }

  /**
   * A BMP that wraps a PNG (5) or a JPEG (4) of a length that it only claims: no decoder sees it.
   */
  @ParameterizedTest
  @CsvSource({
    "4, 0x7fffffff",
    "5, 0x7fffffff",
    "5, 0x7ffffffd",
    "4, 0x40000000",
    "5, 0x20000000",
    "5, 0x80000000",
    "4, 0xffffffff"
  })
  void aBmpThatEmbedsAnotherImageIsRefused(int compression, String size) throws Exception {
    ByteBuffer bmp = ByteBuffer.allocate(126).order(ByteOrder.LITTLE_ENDIAN);
    bmp.put((byte) 'B').put((byte) 'M').putInt(126).putInt(0).putInt(54);
    bmp.putInt(40).putInt(8).putInt(8).putShort((short) 1).putShort((short) 0);
    bmp.putInt(compression).putInt((int) (long) Long.decode(size));

    HttpResponse<String> answer = classify(bmp.array());

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(415);
    assertThat(answer.body()).contains("The BMP image embeds a ");
  }

  /** So many tags that each claim the same block. */
  @ParameterizedTest
  @CsvSource({
    "2000, 1000000, 1",
    "2000, 100000, 3",
    "4000, 500000, 7",
    "3000, 130000, 4",
    "1000, 125000, 12"
  })
  void aTiffWhoseTagsClaimMoreThanItHasIsRefusedOrRead(int tags, int bytes, int type)
      throws Exception {
    int width = List.of(1, 3, 7).contains(type) ? type == 3 ? 2 : 1 : type == 4 ? 4 : 8;
    ByteBuffer tiff = ByteBuffer.allocate(14 + 12 * tags + bytes).order(ByteOrder.LITTLE_ENDIAN);
    tiff.put("II*\0".getBytes(StandardCharsets.ISO_8859_1)).putInt(8).putShort((short) tags);
    for (int tag = 0; tag < tags; tag++) {
      tiff.putShort((short) (40_000 + tag)).putShort((short) type);
      tiff.putInt(bytes / width).putInt(14 + 12 * tags);
    }
    refused(tiff.array());
  }

  private void refused(byte[] image) throws Exception {
    HttpResponse<String> answer = classify(image);

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
    JsonNode problem = JsonMapper.shared().readTree(answer.body());
    assertThat(problem.get("type").asString())
        .isIn("/problems/image-too-costly", "/problems/unreadable-image");
  }

  @Test
  void aHelperThatIsKilledBetweenImagesIsReplaced() throws Exception {
    for (int i = 0; i < 3; i++) {
      assertThat(classify(Files.readAllBytes(IMAGES.resolve("gray.tif"))).statusCode())
          .isEqualTo(200);
      List<ProcessHandle> helpers = new ArrayList<>(ProcessHandle.current().children().toList());
      helpers.removeIf(child -> !child.info().commandLine().orElse("").contains("HelperMain"));
      assertThat(helpers).isNotEmpty();
      for (ProcessHandle helper : helpers) {
        helper.destroyForcibly();
        Awaitility.await().until(() -> !helper.isAlive());
      }
    }
  }

  private HttpResponse<String> classify(byte[] image) throws IOException, InterruptedException {
    URI uri = URI.create("http://localhost:%d/classify".formatted(port));
    return client.send(
        HttpRequest.newBuilder(uri).POST(BodyPublishers.ofByteArray(image)).build(),
        BodyHandlers.ofString());
  }
}
