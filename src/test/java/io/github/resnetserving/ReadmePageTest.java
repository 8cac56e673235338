package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/**
 * The page with the photograph and the model that a first start has, as the README shows it. {@code
 * -Dscreenshot=write} writes the README's image anew.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT, properties = "resnet.default-model=")
@Timeout(120)
class ReadmePageTest {

  @RegisterExtension static final Browser BROWSER = new Browser();

  private static final Path SHOWN = Path.of("docs/page.png");

  @LocalServerPort private int port;

  @BeforeEach
  void open() throws Exception {
    URI page = URI.create("http://localhost:%d/".formatted(port));
    try (HttpClient client = HttpClient.newHttpClient()) {
      var ready = HttpRequest.newBuilder(page.resolve("/readyz")).build();
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> client.send(ready, BodyHandlers.discarding()).statusCode() == 200);
    }
    BROWSER.open(page.toString());
    BROWSER.awaitText("#model option", "imagenette-resnet18");
  }

  @Test
  void theReadmeShowsThePage() throws Exception {
    BROWSER.awaitText("#hint code", "models fetch resnet50");
    assertThat(BROWSER.run("return document.querySelector('#hint').textContent"))
        .asString()
        .doesNotContain("`"); // the command is set apart
    BROWSER.screen(1000, 860, /* mobile= */ false);

    BROWSER.choose(Path.of("src/test/resources/temple.jpg"));
    BROWSER.awaitText(".prediction", "church\\s.*");
    BROWSER.click(".prediction:nth-of-type(1)");
    BROWSER.awaitCount(".photo:not([aria-busy]) canvas:not([hidden])", 1);

    BROWSER.run("document.activeElement.blur()");
    byte[] png = BROWSER.screenshot("readme");
    if ("write".equals(System.getProperty("screenshot"))) {
      Files.write(SHOWN, png);
    }
    assertThat(Files.size(SHOWN)).isLessThan(400_000);
    assertThat(Files.readString(Path.of("README.md"))).contains(SHOWN.toString());
  }

  /** This model resizes to more than it crops. */
  @Test
  void tenCropsAreAveragedWhereTheUserLikes() {
    assertThat(BROWSER.texts(".choice")).containsExactly("Ten crops");

    BROWSER.click("#ten-crops");
    BROWSER.choose(Path.of("src/test/resources/temple.jpg"));

    BROWSER.awaitText(".run h2", "imagenette-resnet18, .+, ten crops");
    BROWSER.awaitText(".prediction", "church\\s.*");
    assertThat(BROWSER.accessibilityProblems()).isEmpty();
  }
}
