package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Requests that the container refuses are answered, and nothing of them gets into the log. */
@ExtendWith(OutputCaptureExtension.class)
@Timeout(60)
class MalformedRequestsTest {

  private static final String SECRET = "rsk_secret-of-a-client";

  private static final List<String> REQUESTS =
      List.of(
          "GET /models HTTP/1.1\nHost: x\nCookie: session=\"" + SECRET + "; a=b",
          "GET /models HTTP/1.1\nHost: x\nCookie: a=b; c=" + SECRET + "\u0007",
          "GET /models HTTP/1.1\nHost: x\nCookie: ,=" + SECRET + "=,\"",
          "GET /models HTTP/1.1\nHost: x\nCookie: $Version=9; " + SECRET,
          "GET /models HTTP/1.1\nHost: x\nCookie: s p a c e=" + SECRET,
          "GET /models HTTP/1.1\nHost: x\nAuthorization: Bearer " + SECRET + "\u0000",
          "GET /models HTTP/1.1\nHost: x\nAuthorization Bearer " + SECRET,
          "GET /models HTTP/1.1\nHost: x\nX-Bad(Name): " + SECRET,
          "GET /models HTTP/1.1\nHost: " + SECRET + "@x",
          "GET /models HTTP/1.1\nHost: x\nHost: " + SECRET,
          "GET /models?key=" + SECRET + "|{} HTTP/1.1\nHost: x",
          "GET /models/" + SECRET + "%zz HTTP/1.1\nHost: x",
          "GET /models/" + SECRET + "/%2f.. HTTP/1.1\nHost: x",
          "GET /models HTTP/9.9\nHost: x\nX-Key: " + SECRET,
          SECRET + "(GET) /models HTTP/1.1\nHost: x",
          "GET " + SECRET + " HTTP/1.1\nHost: x",
          "POST /classify HTTP/1.1\nHost: x\nContent-Length: " + SECRET,
          "POST /classify HTTP/1.1\nHost: x\nContent-Length: 1\nContent-Length: 2" + SECRET,
          "POST /classify HTTP/1.1\nHost: x\nTransfer-Encoding: " + SECRET,
          "GET /models HTTP/1.1\nHost: x\nX-Long: " + SECRET.repeat(1000));

  @Test
  void noneIsADefectAndNoneIsLogged(CapturedOutput output) throws IOException {
    try (var server =
        SpringApplication.run(
            new Class<?>[] {ServingConfiguration.class, GatedModel.class},
            new String[] {
              "--server.port=0", "--spring.grpc.server.port=0", "--resnet.default-model=net"
            })) {
      int port = Integer.parseInt(server.getEnvironment().getProperty("local.server.port", ""));
      for (String request : REQUESTS) {
        assertThat(RawHttp.send("127.0.0.1", port, request).status())
            .as(request)
            .isIn(200, 400, 501, 505); // 501 is for a transfer encoding, 505 for a protocol
      }
      assertThat(output.getAll())
          .contains("Started")
          .doesNotContain(SECRET)
          .doesNotContain("\tat ")
          .doesNotContain("ERROR")
          .doesNotContain("further occurrences");
    }
  }
}
