package io.github.resnetserving.rest.request;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class Base64TextTest {

  /** How clients write base64 into JSON. */
  enum Form {
    PLAIN(text -> text),
    UNPADDED(text -> text.replace("=", "")),
    URL_SAFE(text -> text.replace('+', '-').replace('/', '_')),
    URL_SAFE_UNPADDED(text -> text.replace('+', '-').replace('/', '_').replace("=", "")),
    ESCAPED_SLASHES(text -> text.replace("/", "\\/")),
    ESCAPED_PADDING(text -> text.replace("=", "\\u003d")),
    MIME_LINES(text -> text.replaceAll(".{76}", "$0\\\\r\\\\n")),
    UNIX_LINES(text -> text.replaceAll(".{64}", "$0\\\\n") + "\\n"),
    SPACES(text -> text.replaceAll(".{5}", "$0 ")),
    DATA_URL(text -> "data:image/jpeg;base64," + text),
    DATA_URL_IN_CAPITALS(text -> "DATA:IMAGE/PNG;BASE64," + text),
    DATA_URL_WITH_PARAMETERS(text -> "data:image/png;name=a.png;base64," + text),
    DATA_URL_WITHOUT_TYPE(text -> "data:;base64," + text.replace("=", "")),
    DATA_URL_ESCAPED(text -> "data:image\\/png;base64," + text.replace("/", "\\/")),
    DATA_URL_IN_PERCENTS(text ->
        "data:image/png;base64,"
            + text.replace("+", "%2B").replace("/", "%2f").replace("=", "%3D"));

    @SuppressWarnings("ImmutableEnumChecker") // functions without state
    private final UnaryOperator<String> writer;

    Form(UnaryOperator<String> writer) {
      this.writer = writer;
    }
  }

  @ParameterizedTest
  @EnumSource
  void base64IsReadInEachForm(Form form) {
    Random random = new Random(1);
    for (int length = 1; length < 300; length++) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      String text = form.writer.apply(Base64.getEncoder().encodeToString(bytes));

      assertThat(decoded(text)).as(text).hasValueSatisfying(b -> assertThat(b).isEqualTo(bytes));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%",
        "A",
        "AAAAA",
        "AA=A",
        "AAA==",
        "AAAA=",
        "AA===",
        "AA\\",
        "AA\\b",
        "AA\\u00",
        "AA\\u00e9",
        "AA%2",
        "AA.A",
        "A\u00e9AA",
        "data:image/png,AAAA",
        "data:image/png;base64",
        "data:image/png;base64;AAAA",
        "http://x"
      })
  void whatIsNoBase64IsNothing(String text) {
    assertThat(decoded(text)).isEmpty();
  }

  @Test
  void nothingIsReadBeyondTheText() {
    byte[] json = "\"AAEC\"".getBytes(StandardCharsets.UTF_8);
    assertThat(Base64Text.decode(json, 1, 5))
        .hasValueSatisfying(b -> assertThat(b).containsExactly(0, 1, 2));
    byte[] cut = "\"AAE-\\u003d\"".getBytes(StandardCharsets.UTF_8);
    assertThat(Base64Text.decode(cut, 1, 7)).isEmpty();
  }

  private static Optional<byte[]> decoded(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return Base64Text.decode(bytes, 0, bytes.length);
  }
}
