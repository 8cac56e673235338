package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.RawHttp.Answer;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/**
 * Pages of this server ask, whatever stands before it; pages of others only if they are allowed.
 */
@SpringBootTest(
    classes = {ServingConfiguration.class, ServingTest.Models.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "resnet.default-model=net",
      "resnet.cors.allowed-origins=https://app.example.com"
    })
@Timeout(60)
class CrossOriginTest {

  @LocalServerPort private int port;

  @ParameterizedTest
  @CsvSource({
    "vision.example.com, https://vision.example.com",
    "vision.example.com:443, https://vision.example.com",
    "vision.example.com, https://vision.example.com:443",
    "Vision.Example.com, https://vision.example.com",
    "vision.example.com:8443, https://vision.example.com:8443",
    "vision.example.com, http://vision.example.com",
    "vision.example.com:80, http://vision.example.com",
    "'[2001:db8::1]:8443', 'https://[2001:db8::1]:8443'",
    "localhost:8080, http://localhost:8080"
  })
  void theOwnPageAsksBehindWhateverEndsTls(String host, String origin) throws IOException {
    Answer answer = get(host, origin, "X-Nothing: x");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).doesNotContain("Access-Control-Allow-Origin");
  }

  @Test
  void theBrowsersWordCountsWhereAProxyRewritesTheHost() throws IOException {
    String origin = "https://vision.example.com";

    assertThat(get("127.0.0.1:8080", origin, "Sec-Fetch-Site: same-origin").status())
        .isEqualTo(200);
    assertThat(get("127.0.0.1:8080", origin, "Sec-Fetch-Site: cross-site").status()).isEqualTo(403);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://evil.example.com",
        "https://vision.example.com.evil.example.com",
        "https://vision.example.com:8443",
        "https://vision.example.com@evil.example.com",
        "https://evil.example.com/vision.example.com",
        "ftp://vision.example.com",
        "vision.example.com",
        "null",
        "https://",
        "https://%",
        "http://[",
        "http://app.example.com"
      })
  void otherPagesAreRefusedWithAProblem(String origin) throws IOException {
    Answer answer = get("vision.example.com", origin, "X-Request-Id: mine");

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text())
        .contains("Content-Type: application/problem+json")
        .contains("\"type\":\"/problems/forbidden\"")
        .contains("resnet.cors.allowed-origins names the origins that may.")
        .contains("\"request_id\":\"mine\"")
        .contains("Content-Security-Policy: default-src 'none'");
  }

  @Test
  void theOpenProtocolHasErrorsOfItsOwn() throws IOException {
    Answer answer =
        RawHttp.send(
            "127.0.0.1",
            port,
            "GET /v2/models/net HTTP/1.1\nHost: x\nOrigin: https://evil.example.com");

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text()).contains("{\"error\":\"Pages of this origin may not ask");
  }

  @Test
  void anAllowedPageIsToldSo() throws IOException {
    assertThat(get("vision.example.com", "https://app.example.com", "X-Nothing: x").text())
        .startsWith("HTTP/1.1 200")
        .contains("Access-Control-Allow-Origin: https://app.example.com");
  }

  private Answer get(String host, String origin, String header) throws IOException {
    return RawHttp.send(
        "127.0.0.1",
        port,
        "GET /models HTTP/1.1\nHost: %s\nOrigin: %s\n%s".formatted(host, origin, header));
  }
}
