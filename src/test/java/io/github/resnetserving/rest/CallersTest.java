package io.github.resnetserving.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.auth.AccessPolicy.Caller;
import io.github.resnetserving.auth.AccessPolicy.Caller.Elsewhere;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class CallersTest {

  private static final String PEER = "127.0.0.1";
  private static final String HTTP = "HTTP/1.1";

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, localhost:8080",
    "127.0.0.1, LOCALHOST",
    "127.0.0.1, 127.0.0.1:8080",
    "127.8.4.2, 127.255.255.254",
    "::1, [::1]:8080",
    "0:0:0:0:0:0:0:1, [0:0:0:0:0:0:0:1]",
    "::ffff:127.0.0.1, localhost"
  })
  void aProgramOnThisMachineIsLocal(String peer, String host) {
    assertThat(Callers.judge(peer, HTTP, Map.of("host", List.of(host))))
        .isEqualTo(new Caller.Local());
    assertThat(Callers.judge(peer, "HTTP/2.0", Map.of("host", List.of(host))))
        .isEqualTo(new Caller.Local());
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        "10.99.0.7",
        "192.168.0.1",
        "128.0.0.1",
        "2001:db8::1",
        "fe80::1",
        "::",
        "0.0.0.0",
        "unknown",
        "localhost",
        "1.2.3.4:5678",
        "127.0.0.1:80"
      })
  void anyOtherPeerIsElsewhere(@Nullable String peer) {
    assertThat(Callers.judge(peer, HTTP, Map.of("host", List.of("localhost"))))
        .isEqualTo(new Elsewhere("this request came from another machine"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Forwarded",
        "Via",
        "X-Forwarded",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Port",
        "X-Forwarded-Proto",
        "X-Forwarded-Prefix",
        "X-Forwarded-By",
        "X-Forwarded-Ssl",
        "X-FORWARDED-FOR",
        "X-Real-IP",
        "X-Original-Forwarded-For",
        "X-Original-URI",
        "X-Client-IP",
        "X-Cluster-Client-IP",
        "X-Remote-Addr",
        "X-ProxyUser-Ip",
        "X-Envoy-External-Address",
        "X-Amzn-Trace-Id",
        "X-Azure-ClientIP",
        "X-Appengine-User-Ip",
        "X-Cloud-Trace-Context",
        "True-Client-IP",
        "Client-IP",
        "CF-Connecting-IP",
        "CDN-Loop",
        "Fastly-Client-IP",
        "Fly-Client-IP",
        "Proxy-Connection",
        "Max-Forwards",
        "WL-Proxy-Client-IP"
      })
  void aHeaderOfProxiesTakesTheRightAwayWhateverItSays(String name) {
    for (String value : List.of("", "127.0.0.1", "localhost", "for=127.0.0.1", "unknown")) {
      assertThat(judge(Map.of("host", List.of("localhost"), name, List.of(value))))
          .as(value)
          .isEqualTo(
              new Elsewhere(
                  "the header %s shows that a proxy sent this request"
                      .formatted(name.toLowerCase(Locale.ROOT))));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "example.com",
        "localhost.example.com",
        "localhost.",
        "notlocalhost",
        "localhost@example.com",
        "localhost:8080:80",
        "localhost:",
        "localhost/",
        "127.0.0.1.nip.io",
        "127.1",
        "0x7f.0.0.1",
        "2130706433",
        "127.0.0.256",
        "127.0.0.1%00",
        "10.99.0.1:8080",
        "0.0.0.0",
        "::1",
        "[::]",
        "[::1",
        "[fe80::1]",
        "[::1]evil",
        "[localhost]"
      })
  void aHostThatIsNotLoopbackMayBeARebindingName(String host) {
    assertThat(judge(Map.of("host", List.of(host))))
        .isEqualTo(new Elsewhere("the Host of this request is not localhost"));
  }

  @Test
  void noHostAndTwoHostsAreNotLoopbackEither() {
    assertThat(judge(Map.of())).isInstanceOf(Elsewhere.class);
    assertThat(judge(Map.of("host", List.of("localhost", "localhost"))))
        .isInstanceOf(Elsewhere.class);
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"HTTP/1.0", "HTTP/0.9", "", "http/1.1"})
  void olderProtocolsAreWhatProxiesSpeak(@Nullable String protocol) {
    assertThat(Callers.judge(PEER, protocol, Map.of("host", List.of("localhost"))))
        .isInstanceOf(Elsewhere.class);
  }

  static Stream<Arguments> pages() {
    return Stream.of(
        Arguments.of("origin", "http://localhost:8080", true),
        Arguments.of("origin", "https://LOCALHOST:8080", true),
        Arguments.of("origin", "http://localhost:3000", false),
        Arguments.of("origin", "http://127.0.0.1:8080", false),
        Arguments.of("origin", "https://example.com", false),
        Arguments.of("origin", "http://localhost:8080.example.com", false),
        Arguments.of("origin", "null", false),
        Arguments.of("origin", "", false),
        Arguments.of("sec-fetch-site", "same-origin", true),
        Arguments.of("sec-fetch-site", "none", true),
        Arguments.of("sec-fetch-site", "same-site", false),
        Arguments.of("sec-fetch-site", "cross-site", false),
        Arguments.of("sec-fetch-site", "", false));
  }

  @ParameterizedTest
  @MethodSource("pages")
  void onlyPagesOfThisServerAreLikePrograms(String name, String value, boolean isLocal) {
    Caller caller = judge(Map.of("host", List.of("localhost:8080"), name, List.of(value)));

    assertThat(caller instanceof Caller.Local).isEqualTo(isLocal);
  }

  private static Caller judge(Map<String, List<String>> headers) {
    Map<String, List<String>> lowerCase = new HashMap<>();
    headers.forEach((name, values) -> lowerCase.put(name.toLowerCase(Locale.ROOT), values));
    return Callers.judge(PEER, HTTP, lowerCase);
  }
}
