package io.github.resnetserving.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.resnetserving.models.Labels.Label;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class LabelFileTest {

  private static final List<Label> WITH_IDS =
      List.of(new Label("n01440764", "tench"), new Label("n01443537", "goldfish, Carassius"));
  private static final List<Label> NAMES =
      List.of(new Label(null, "tench"), new Label(null, "goldfish, Carassius"));

  static Stream<Arguments> forms() {
    return Stream.of(
        arguments(
            "index,wnid,label\n0,n01440764,tench\n1,n01443537,goldfish, Carassius\n", WITH_IDS),
        arguments("0,n01440764,tench\n1,n01443537,goldfish, Carassius\n", WITH_IDS),
        arguments("0,n01440764,tench\n1,n01443537,\"goldfish, Carassius\"\n", WITH_IDS),
        arguments("0\tn01440764\ttench\r\n1\tn01443537\tgoldfish, Carassius\r\n", WITH_IDS),
        arguments("0;n01440764;tench\n1;n01443537;goldfish, Carassius", WITH_IDS),
        arguments("n01440764 tench\nn01443537 goldfish, Carassius\n", WITH_IDS),
        arguments("\ufeffn01440764,tench\nn01443537,goldfish, Carassius\n", WITH_IDS),
        arguments(
            "{\"0\": [\"n01440764\", \"tench\"], \"1\": [\"n01443537\", \"goldfish, Carassius\"]}",
            WITH_IDS),
        arguments("tench\ngoldfish, Carassius\n", NAMES),
        arguments("label\ntench\ngoldfish, Carassius\n", NAMES),
        arguments("0,tench\n1,goldfish, Carassius\n", NAMES),
        arguments("Index, Label\n0,tench\n1,\"goldfish, Carassius\"\n", NAMES),
        arguments("0: tench\n1: goldfish, Carassius\n", NAMES),
        arguments("index,wnid,label\n0,,tench\n1,,goldfish, Carassius\n", NAMES),
        arguments("0,,tench\n1,,goldfish, Carassius\n", NAMES),
        arguments("[\"tench\", \"goldfish, Carassius\"]", NAMES),
        arguments("{\"1\": \"goldfish, Carassius\", \"0\": \"tench\"}", NAMES),
        arguments("label\n0\n1\n", List.of(new Label(null, "0"), new Label(null, "1"))),
        arguments("0\n1\n", List.of(new Label(null, "0"), new Label(null, "1"))),
        arguments(
            "3,4-dimethylphenol\ntoluene\n",
            List.of(new Label(null, "3,4-dimethylphenol"), new Label(null, "toluene"))));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void everyFormThatIsInUseIsRead(String text, List<Label> labels) throws Exception {
    assertThat(LabelFile.parse(text, "labels").entries()).isEqualTo(labels);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1,n01440764,tench\\n2,n01443537,goldfish | the row \"1,n01440764,tench\" must read"
            + " 0,label",
        "0,n01440764,tench\\n2,n01443537,goldfish | the row \"2,n01443537,goldfish\" must read"
            + " 1,label",
        "0,tench\\n0,goldfish | the row \"0,goldfish\" must read 1,label",
        "index,wnid,label\\n0,tench | the row \"0,tench\" must read 0,wnid,label",
        "index,label\\n5,tench | the row \"5,tench\" must read 0,label",
        "index,wnid,label | labels has a header and no class below it",
        "{\"1\": \"tench\"} | labels has 1 entries, and for 0 neither a name nor [wnid, name]",
        "[3] | labels has 1 entries, and for 0 neither a name",
        "[] | labels is empty",
        "{\"0\": | labels is no JSON"
      })
  void anIndexOutOfOrderIsRefused(String text, String message) {
    assertThatThrownBy(() -> LabelFile.parse(text.replace("\\n", "\n"), "labels"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(message);
  }

  @Test
  void whatIsWrittenIsReadAgain() throws Exception {
    Labels labels =
        new Labels(
            List.of(
                new Label("n01440764", "tench"),
                new Label(null, "a, b"),
                new Label(null, "\"quoted\""),
                new Label("class-7", "7")));

    assertThat(LabelFile.parse(LabelFile.format(labels), "labels.csv")).isEqualTo(labels);
  }
}
