package io.github.resnetserving.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelsDescribeCommandTest {

  @TempDir private Path models;

  @Test
  void anArchitectureIsDescribedByItsName() {
    ProgramRun run =
        describe(
            "--arch", "cifar-resnet8", "--shortcut", "b", "--block", "sum-norm", "--classes", "3");

    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .isEqualTo(
            """
            name         cifar-resnet8
            network      ResNet-8
            blocks       1, 1, 1 (basic)
            stem         3x3, stride 1, no max pool
            variant      sum-norm
            shortcuts    1 identity, 2 projected
            depth        8
            width        64
            parameters   98,099
            mult-adds    14,598,336
            classes      3

            LAYER                COMPUTES                       OUTPUT     PARAMETERS    MULTIPLY-ADDS    FIELD
            conv1                conv 3x3, norm, relu         16x32x32            464          442,368        3
            layer1.0.conv1       conv 3x3, norm, relu         16x32x32          2,336        2,359,296        5
            layer1.0.conv2       conv 3x3, norm, sum          16x32x32          2,336        2,359,296        7
            layer1.0.bn3         norm, relu                   16x32x32             32                0        7
            layer2.0.shortcut.0  conv 3x3 /2                  32x16x16          4,608        1,179,648        9
            layer2.0.conv1       conv 3x3 /2, norm, relu      32x16x16          4,672        1,179,648        9
            layer2.0.conv2       conv 3x3, norm, sum          32x16x16          9,280        2,359,296       13
            layer2.0.bn3         norm, relu                   32x16x16             64                0       13
            layer3.0.shortcut.0  conv 3x3 /2                    64x8x8         18,432        1,179,648       17
            layer3.0.conv1       conv 3x3 /2, norm, relu        64x8x8         18,560        1,179,648       17
            layer3.0.conv2       conv 3x3, norm, sum            64x8x8         36,992        2,359,296       25
            layer3.0.bn3         norm, relu                     64x8x8            128                0       25
            features             mean                           64x1x1              0                0       53
            logits               linear                          3x1x1            195              192       53
            total                                                              98,099       14,598,336       25
            """);
  }

  @Test
  void aDeepNetworkHasARowForEachOfItsLayersAndATotal() {
    ProgramRun run = describe("--arch", "cifar-resnet1202", "--shortcut", "A");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out().lines().filter(line -> line.startsWith("layer3.199.conv"))).hasSize(2);
    assertThat(run.out().lines().toList().getLast())
        .matches("total +19,421,274 +2,829,238,912 +[0-9,]+");
  }

  @Test
  void theSizeOfTheImageCanBeSaid() {
    assertThat(describe("--arch", "resnet50").out())
        .contains("parameters   25,557,032", "mult-adds    4,089,184,256", "classes      1000");
    assertThat(describe("--arch", "resnet50", "--image-size", "160").out())
        .contains("parameters   25,557,032", "64x80x80");
  }

  @Test
  void aModelIsDescribedAtTheSizeOfItsInput() {
    ProgramRun run = describe("cifar10-resnet20");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("mult-adds    40,551,040", "shortcuts    7 identity, 2 padded with zeros");
    assertThat(run.out().lines().toList().getLast()).matches("total +269,722 +40,551,040 +81");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--arch resnet19 | there is no architecture \"resnet19\": take resnet18",
        "--arch resnet50 --block v3 | there is no block \"v3\": take v1, v1.5, v2, sum-norm",
        "--arch resnet50 --block sum-norm | a sum-norm block has two 3×3 convolutions",
        "--arch resnet50 --shortcut D | there is no shortcut \"D\": take A, B, C",
        "--arch resnet50 --width 0 | the width is 0.0: it must be between 0.0625 and 16",
        "--arch resnet50 --image-size 0 | --image-size is 0: it must be between 1 and 4096",
        "--arch resnet50 --classes 0 | --classes is 0: it must be between 1 and 1000000",
        "pets --arch resnet50 | say the model pets or --arch resnet50, not both",
        "pets --width 2 | --shortcut, --block, --width and --classes belong to --arch",
        "--image-size 32 | name a model, or a network with --arch"
      })
  void whatCannotBeMeantIsRefused(String arguments, String message) {
    ProgramRun run = describe(arguments.split(" "));

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains(message);
    assertThat(run.out()).isEmpty();
  }

  private ProgramRun describe(String... arguments) {
    String[] all = new String[arguments.length + 4];
    all[0] = "models";
    all[1] = "describe";
    all[2] = "--models-dir";
    all[3] = models.toString();
    System.arraycopy(arguments, 0, all, 4, arguments.length);
    return ProgramRun.of(all);
  }
}
