package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.ExternalProgram.Run;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code .ci/report}, which decides by the reasons of skipped tests whether a run is good. */
class TestReportTest {

  private static final Path REPORT = Path.of(".ci/report").toAbsolutePath();
  private static final String PASSED = "<testcase classname='a.%s' name='works'/>";

  /** Surefire has the reason of an assumption in the text, before the stack. */
  private static final String SKIPPED =
      """
      <testcase classname='a.Plan' name='runs'>
        <skipped type="org.opentest4j.TestAbortedException"><![CDATA[\
      org.opentest4j.TestAbortedException: Assumption failed: %s
      \tat a.Plan.runs(Plan.java:71)
      ]]></skipped>
      </testcase>
      """;

  @TempDir private Path folder;

  @BeforeEach
  void requirePython() throws Exception {
    assumeTrue(
        ExternalProgram.run(folder, Map.of(), Duration.ofMinutes(1), "python3", "--version")
            .succeeded(),
        "skipped: python3 is not installed");
  }

  @ParameterizedTest
  @CsvSource({
    "'skipped: this processor has no instructions for bf16 (avx2)', 0",
    "'skipped: npm is not installed (Debian: nodejs npm)', 0",
    "'skipped: there are no checkpoints in ../shared', 1",
    "'no ../shared/reference: nothing to refuse', 1",
    "'skipped: ../shared/reference/images/bad/text.jpg is not there', 1",
    "'no image is named: docker build -t resnet-serving . and set RESNET_IMAGE=resnet-serving', 1",
    "'no container engine answers: start one, or set DOCKER_HOST', 1",
    "'skipped: Chromium and its driver are not installed (Debian: chromium)', 1",
    "'skipped: Go is not installed (Debian: golang-go)', 1",
    "'skipped: there is no Rust of 1.88 or newer', 0",
  })
  void aSkipFailsTheRunWhereWhatItWantsShouldBeThere(String reason, int status) throws Exception {
    Run run = report(List.of("--has", "shared", "--has", "engine"), SKIPPED.formatted(reason));

    assertThat(run.status()).as(run.output()).isEqualTo(status);
    assertThat(run.output())
        .contains("tests: 2 passed, 0 failed, 1 skipped")
        .contains("skipped 1: " + reason.replaceFirst("skipped: ", ""));
  }

  @ParameterizedTest
  @CsvSource({
    "'skipped: there are no checkpoints in ../shared', 0",
    "'no image is named: docker build -t resnet-serving . and set RESNET_IMAGE=resnet-serving', 0",
    "'no container engine answers: start one, or set DOCKER_HOST', 0",
    "'skipped: Chromium and its driver are not installed (Debian: chromium)', 1",
  })
  void whereThereIsNeitherSharedNorAnEngineOnlyABrowserMustBe(String reason, int status)
      throws Exception {
    assertThat(report(List.of(), SKIPPED.formatted(reason)).status()).isEqualTo(status);
  }

  @Test
  void theReasonOfADisabledTestIsItsMessage() throws Exception {
    Run run =
        report(
            List.of("--has", "engine"),
            "<testcase classname='a.Plan' name='runs'><skipped message='no image is named: docker"
                + " build'/></testcase>");

    assertThat(run.status()).isOne();
    assertThat(run.output())
        .endsWith(
            "1 skipped for want of engine, which should be there: no image is named: docker build");
  }

  @Test
  void skipsWithOneReasonAreCountedTogether() throws Exception {
    String first = SKIPPED.formatted("this processor has no instructions for bf16");
    String second = SKIPPED.formatted("this processor has no instructions for int8");

    assertThat(report(List.of(), second, first, first).output())
        .isEqualTo(
            """
            tests: 2 passed, 0 failed, 3 skipped
            skipped 2: this processor has no instructions for bf16
            skipped 1: this processor has no instructions for int8\
            """);
  }

  @Test
  void aTestThatFailedFailsTheRun() throws Exception {
    Run run =
        report(
            List.of(),
            "<testcase classname='a.B' name='c'><failure/></testcase>",
            "<testcase classname='a.B' name='d'><error/></testcase>");

    assertThat(run.status()).isOne();
    assertThat(run.output())
        .isEqualTo(
            """
            tests: 2 passed, 2 failed, 0 skipped
            2 tests failed\
            """);
  }

  @Test
  void aFolderWithoutTestsFailsTheRun() throws Exception {
    Run run = run(List.of(), "tests of the image=" + folder);

    assertThat(run.status()).isOne();
    assertThat(run.output()).contains("no tests of the image were run");
  }

  @Test
  void thePageMustBeShownInABrowser() throws Exception {
    write("<testcase classname='a.PageTest' name='b'><skipped message='no time'/></testcase>");
    Run run = run(List.of(), "tests=" + folder);

    assertThat(run.status()).isOne();
    assertThat(run.output())
        .endsWith(
            """
            PageTest did not run in a browser
            PageAccessTest did not run in a browser\
            """);
  }

  /** Of these tests and of two that ran in a browser. */
  private Run report(List<String> options, String... cases) throws Exception {
    write(
        String.join("", cases) + PASSED.formatted("PageTest") + PASSED.formatted("PageAccessTest"));
    return run(options, "tests=" + folder);
  }

  private void write(String cases) throws Exception {
    Files.writeString(folder.resolve("TEST-a.xml"), "<testsuite>" + cases + "</testsuite>");
  }

  private Run run(List<String> options, String reports) throws Exception {
    List<String> command = new ArrayList<>(List.of("python3", REPORT.toString()));
    command.addAll(options);
    command.add(reports);
    return ExternalProgram.run(
        folder, Map.of(), Duration.ofMinutes(1), command.toArray(String[]::new));
  }
}
