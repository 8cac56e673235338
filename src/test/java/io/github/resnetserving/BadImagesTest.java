package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The bad images of the reference data, each over HTTP. */
@SpringBootTest(
    classes = {ServingConfiguration.class, ServingTest.Models.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = "resnet.default-model=net")
@Timeout(60)
class BadImagesTest {

  @LocalServerPort private int port;

  @ParameterizedTest
  @CsvSource({
    "bad_crc.png, 422, unreadable-image",
    "bomb_30000x30000.png, 422, too-many-pixels",
    "claims_65500x65500.jpg, 422, too-many-pixels",
    "document.pdf, 415, unsupported-image",
    "drawing.svg, 415, unsupported-image",
    "empty.jpg, 400, bad-request",
    "header_only.jpg, 422, unreadable-image",
    "html.jpg, 415, unsupported-image",
    "text.jpg, 415, unsupported-image",
    "truncated.jpg, 422, unreadable-image",
    "truncated.png, 422, unreadable-image"
  })
  void eachIsToldWhatIsWrongWithIt(String file, int status, String type) throws Exception {
    Path image = Path.of("../shared/reference/images/bad", file);
    assumeTrue(Files.exists(image), "skipped: " + image + " is not there");

    HttpResponse<String> response = classify(image);

    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    JsonNode problem = JsonMapper.shared().readTree(response.body());
    assertThat(problem.get("type").stringValue()).isEqualTo("/problems/" + type);
    assertThat(problem.get("detail").stringValue()).isNotBlank();
  }

  private HttpResponse<String> classify(Path image) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      URI uri = URI.create("http://localhost:%d/classify".formatted(port));
      var request = HttpRequest.newBuilder(uri).POST(BodyPublishers.ofFile(image)).build();
      return client.send(request, BodyHandlers.ofString());
    }
  }
}
