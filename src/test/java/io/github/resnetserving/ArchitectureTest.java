package io.github.resnetserving;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What each package may import, one rule each: of ours, and of the libraries. The JDK and
 * JSpecify's annotations are always allowed.
 */
@AnalyzeClasses(
    packages = ArchitectureTest.BASE,
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  static final String BASE = "io.github.resnetserving";

  private static final Path PUBLIC_TYPES = Path.of("src/test/resources/public-types.txt");

  private static final String[] ALWAYS = {
    "java..", "javax..", "jdk..", "org.w3c.dom..", "org.jspecify.annotations"
  };
  private static final String JACKSON = "tools.jackson..";
  private static final String JACKSON_ANNOTATIONS = "com.fasterxml.jackson.annotation..";
  private static final String DJL = "ai.djl..";
  private static final String SPRING = "org.springframework..";
  private static final String SERVLET = "jakarta.servlet..";
  private static final String LOGGING = "org.slf4j..";

  @ArchTest
  static final ArchRule models = mayImport("models", ours("tensor"), JACKSON, JACKSON_ANNOTATIONS);

  @ArchTest
  static final ArchRule confidence =
      mayImport(
          "confidence",
          ours("tensor"),
          ours("checkpoint"),
          ours("models"),
          JACKSON,
          JACKSON_ANNOTATIONS);

  @ArchTest static final ArchRule batch = mayImport("batch");

  @ArchTest static final ArchRule watch = mayImport("watch", ours("batch"), LOGGING);

  @ArchTest static final ArchRule auth = mayImport("auth", ours("models"), SPRING, LOGGING);

  @ArchTest
  static final ArchRule heads =
      mayImport(
          "heads",
          ours("tensor"),
          ours("checkpoint"),
          ours("models"),
          JACKSON,
          JACKSON_ANNOTATIONS);

  @ArchTest static final ArchRule loadgen = mayImport("loadgen", "org.apache.hc..");

  @ArchTest static final ArchRule tensor = mayImport("tensor");

  @ArchTest
  static final ArchRule image =
      mayImport("image", ours("tensor"), ours("models"), "com.twelvemonkeys..");

  @ArchTest
  static final ArchRule checkpoint =
      mayImport("checkpoint", ours("tensor"), ours("models"), JACKSON, JACKSON_ANNOTATIONS);

  private static final String PROTOBUF = "com.google.protobuf..";

  @ArchTest
  static final ArchRule foreign =
      mayImport("checkpoint.foreign", ours("checkpoint"), ours("tensor"), ours("models"));

  @ArchTest
  static final ArchRule onnx =
      mayImport(
          "checkpoint.onnx",
          ours("checkpoint"),
          ours("checkpoint.foreign"),
          ours("checkpoint.wire"),
          ours("tensor"),
          PROTOBUF);

  @ArchTest
  static final ArchRule keras =
      mayImport(
          "checkpoint.keras", ours("checkpoint"), ours("checkpoint.foreign"), JACKSON, "io.jhdf..");

  @ArchTest
  static final ArchRule mxnet =
      mayImport(
          "checkpoint.mxnet",
          ours("checkpoint"),
          ours("checkpoint.foreign"),
          ours("tensor"),
          JACKSON);

  @ArchTest
  static final ArchRule caffe =
      mayImport(
          "checkpoint.caffe",
          ours("checkpoint"),
          ours("checkpoint.foreign"),
          ours("checkpoint.wire"),
          PROTOBUF);

  @ArchTest
  static final ArchRule imports =
      mayImport(
          "checkpoint.imports",
          ours("checkpoint"),
          ours("checkpoint.foreign"),
          ours("checkpoint.onnx"),
          ours("checkpoint.keras"),
          ours("checkpoint.mxnet"),
          ours("checkpoint.caffe"),
          ours("tensor"),
          ours("models"));

  @ArchTest
  static final ArchRule graph =
      mayImport("graph", ours("tensor"), ours("checkpoint"), ours("models"), JACKSON_ANNOTATIONS);

  @ArchTest static final ArchRule plan = mayImport("plan", ours("tensor"));

  @ArchTest
  static final ArchRule torchscript =
      mayImport(
          "plan.torchscript",
          ours("plan"),
          ours("graph"),
          ours("checkpoint"),
          ours("tensor"),
          ours("models"));

  @ArchTest
  static final ArchRule onednn =
      mayImport(
          "plan.onednn",
          ours("plan"),
          ours("graph"),
          ours("checkpoint"),
          ours("tensor"),
          ours("models"),
          JACKSON,
          JACKSON_ANNOTATIONS);

  @ArchTest
  static final ArchRule download =
      mayImport(
          "models.download",
          ours("graph"),
          ours("checkpoint"),
          ours("models"),
          "org.apache.hc..",
          JACKSON,
          JACKSON_ANNOTATIONS);

  @ArchTest
  static final ArchRule engine =
      mayImport(
          "engine",
          ours("tensor"),
          ours("batch"),
          ours("graph"),
          ours("plan"),
          ours("plan.torchscript"),
          ours("plan.onednn"),
          ours("models"),
          DJL,
          LOGGING);

  @ArchTest
  static final ArchRule evaluation =
      mayImport(
          "evaluation",
          ours("confidence"),
          ours("heads"),
          ours("tensor"),
          ours("image"),
          ours("models"),
          ours("plan"),
          ours("engine"),
          ours("inference"),
          "org.knowm.xchart..",
          "com.google.protobuf..");

  @ArchTest
  static final ArchRule training =
      mayImport(
          "training",
          ours("confidence"),
          ours("engine"),
          ours("evaluation"),
          ours("tensor"),
          ours("graph"),
          ours("plan.torchscript"),
          ours("checkpoint"),
          ours("image"),
          ours("models"),
          DJL,
          JACKSON,
          JACKSON_ANNOTATIONS,
          "org.apache.commons.compress..");

  @ArchTest
  static final ArchRule similarity =
      mayImport("similarity", ours("tensor"), JACKSON, "org.apache.lucene..");

  @ArchTest
  static final ArchRule audit =
      mayImport(
          "audit",
          ours("similarity"),
          ours("heads"),
          ours("training"),
          ours("evaluation"),
          ours("resnet"),
          ours("inference"),
          ours("tensor"),
          ours("image"),
          ours("models"));

  @ArchTest
  static final ArchRule inference =
      mayImport(
          "inference",
          ours("tensor"),
          ours("image"),
          ours("batch"),
          ours("confidence"),
          ours("heads"),
          ours("models"),
          "com.github.benmanes.caffeine..");

  /** The library: neither Spring nor what a command line needs. */
  @ArchTest
  static final ArchRule resnet =
      mayImport(
          "resnet",
          ours("confidence"),
          ours("heads"),
          ours("plan"),
          ours("tensor"),
          ours("image"),
          ours("batch"),
          ours("models"),
          ours("graph"),
          ours("engine"),
          ours("inference"));

  @ArchTest
  static final ArchRule serving =
      mayImport(
          "serving",
          ours("confidence"),
          ours("heads"),
          ours("tensor"),
          ours("image"),
          ours("batch"),
          ours("engine"),
          ours("inference"),
          ours("models"),
          ours("models.download"),
          ours("plan"),
          ours("sandbox"),
          ours("telemetry"),
          SPRING,
          LOGGING);

  @ArchTest
  static final ArchRule sandbox =
      mayImport("sandbox", ours("tensor"), ours("image"), ours("models"), LOGGING);

  @ArchTest static final ArchRule imageurl = mayImport("imageurl", "org.apache.hc..");

  @ArchTest
  static final ArchRule request =
      mayImport(
          "rest.request",
          ours("inference"),
          ours("batch"),
          SPRING,
          SERVLET,
          "org.apache.catalina..",
          "org.apache.coyote..",
          "org.apache.tomcat.util.http..");

  @ArchTest
  static final ArchRule problem =
      mayImport(
          "rest.problem",
          ours("rest.request"),
          ours("inference"),
          SPRING,
          SERVLET,
          LOGGING,
          JACKSON,
          JACKSON_ANNOTATIONS,
          "io.swagger.v3.oas..",
          "org.apache.catalina..",
          "org.apache.tomcat.util.http..",
          "org.apache.juli.logging..");

  @ArchTest
  static final ArchRule rest =
      mayImport(
          "rest",
          ours("confidence"),
          ours("heads"),
          "org.apache.commons.compress..",
          ours("image"),
          ours("tensor"),
          ours("rest.request"),
          ours("rest.problem"),
          ours("auth"),
          ours("batch"),
          ours("inference"),
          ours("models"),
          ours("imageurl"),
          ours("serving"),
          ours("telemetry"),
          "io.micrometer.context..",
          "org.apache.tomcat.util.net..",
          SPRING,
          SERVLET,
          LOGGING,
          JACKSON,
          JACKSON_ANNOTATIONS,
          "io.swagger.v3.oas..",
          "io.swagger.v3.core.util",
          "com.fasterxml.jackson.databind", // swagger's own version of Jackson
          "org.springdoc..",
          "org.yaml.snakeyaml..",
          "org.apache.catalina..",
          "org.apache.coyote..",
          "org.apache.juli.logging..",
          "org.apache.tomcat.util.http..");

  @ArchTest
  static final ArchRule openinference =
      mayImport(
          "openinference",
          "io.micrometer..",
          ours("heads"),
          ours("openinference.wire"),
          ours("tensor"),
          ours("rest.request"),
          ours("auth"),
          ours("grpc"),
          ours("inference"),
          ours("models"),
          ours("serving"),
          SPRING,
          SERVLET,
          LOGGING,
          JACKSON,
          JACKSON_ANNOTATIONS,
          "io.grpc..",
          "com.google.protobuf..",
          "com.google.common.util.concurrent..");

  @ArchTest
  static final ArchRule grpc =
      mayImport(
          "grpc",
          ours("inference"),
          ours("rest.request"),
          ours("telemetry"),
          ours("models"),
          SPRING,
          LOGGING,
          "io.grpc..",
          "io.netty..",
          "com.google.protobuf..",
          "com.google.rpc..");

  @ArchTest
  static final ArchRule telemetry =
      mayImport(
          "telemetry",
          ours("confidence"),
          ours("batch"),
          ours("engine"),
          ours("inference"),
          ours("image"),
          ours("models"),
          ours("sandbox"),
          ours("watch"),
          "io.micrometer..",
          "io.opentelemetry.api.trace..",
          SERVLET,
          "org.springframework.http.server.observation..",
          "org.springframework.boot.health..",
          "org.springframework.boot.actuate..");

  @ArchTest
  static final ArchRule capacity =
      mayImport("capacity", ours("batch"), ours("inference"), JACKSON, "org.knowm.xchart..");

  @ArchTest
  static final ArchRule output =
      mayImport(
          "cli.output",
          ours("tensor"),
          ours("models"),
          ours("resnet"),
          JACKSON,
          JACKSON_ANNOTATIONS);

  @ArchTest
  static final ArchRule options =
      mayImport("cli.options", ours("heads"), ours("engine"), ours("models"), "picocli..");

  @ArchTest
  static final ArchRule bench =
      mayImport(
          "cli.bench",
          ours("capacity"),
          ours("evaluation"),
          ours("plan"),
          ours("cli.options"),
          ours("tensor"),
          ours("checkpoint"),
          ours("image"),
          ours("models"),
          ours("graph"),
          ours("engine"),
          ours("sandbox"),
          ours("training"),
          ours("loadgen"),
          JACKSON,
          "org.knowm.xchart..",
          "picocli..");

  @ArchTest
  static final ArchRule cli =
      mayImport(
          "cli",
          ours("capacity"),
          ours("confidence"),
          ours("heads"),
          ours("cli.bench"),
          ours("cli.options"),
          ours("cli.output"),
          ours("tensor"),
          ours("audit"),
          ours("auth"),
          ours("checkpoint"),
          ours("checkpoint.foreign"),
          ours("checkpoint.imports"),
          ours("similarity"),
          ours("image"),
          ours("inference"),
          ours("models"),
          ours("models.download"),
          ours("graph"),
          ours("engine"),
          ours("evaluation"),
          ours("resnet"),
          ours("serving"),
          ours("training"),
          LOGGING,
          JACKSON,
          "ch.qos.logback..",
          "me.tongfei.progressbar..",
          "picocli..");

  @ArchTest
  static final ArchRule theCommandLineKnowsNothingOfHttp =
      noClasses()
          .that()
          .resideInAPackage(ours("cli"))
          .should()
          .dependOnClassesThat()
          .resideInAPackage(ours("rest"))
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule onlyEngineAndTrainingKnowDjl =
      noClasses()
          .that(not(resideInAnyPackage(ours("engine"), ours("training"))))
          .should()
          .dependOnClassesThat()
          .resideInAPackage(DJL);

  /** The thread that calls back may be one that sandbox.HelperLauncher's restricted thread made. */
  @ArchTest
  static final ArchRule nobodyIsCalledBackByTheEndOfAProcess =
      noClasses()
          .should()
          .callMethod(Process.class, "onExit")
          .orShould()
          .callMethod(ProcessHandle.class, "onExit");

  @ArchTest
  static final ArchRule nobodyImportsTheRoot =
      noClasses()
          .that(not(resideInAnyPackage(BASE, ours("cli"))))
          .should()
          .dependOnClassesThat()
          .resideInAPackage(BASE);

  /**
   * The public surface of each package is listed, so that it grows on purpose alone; {@code mvn
   * test -Dtest=ArchitectureTest -Dpublic-types=write} writes the list anew.
   */
  @ArchTest
  static void publicTypesAreThoseThatAreListed(JavaClasses classes) throws IOException {
    Map<String, TreeSet<String>> found = new TreeMap<>();
    for (JavaClass type : classes) {
      if (type.isTopLevelClass()
          && type.getModifiers().contains(JavaModifier.PUBLIC)
          && !type.getPackageName().endsWith(".wire")) { // generated
        String name = type.getPackageName().substring(BASE.length());
        found
            .computeIfAbsent(name.isEmpty() ? "." : name.substring(1), _ -> new TreeSet<>())
            .add(type.getSimpleName());
      }
    }
    List<String> lines = new ArrayList<>();
    found.forEach((name, types) -> lines.add(name + ": " + String.join(" ", types)));
    if ("write".equals(System.getProperty("public-types"))) {
      Files.write(PUBLIC_TYPES, lines);
    }

    assertThat(Files.readAllLines(PUBLIC_TYPES))
        .as("run mvn test -Dtest=ArchitectureTest -Dpublic-types=write")
        .isEqualTo(lines);
  }

  /** One of our packages, without the packages below it. */
  private static String ours(String name) {
    return BASE + "." + name;
  }

  private static ArchRule mayImport(String name, String... others) {
    String[] allowed =
        Stream.of(Stream.of(ours(name)), Arrays.stream(ALWAYS), Arrays.stream(others))
            .flatMap(packages -> packages)
            .toArray(String[]::new);
    DescribedPredicate<JavaClass> permitted =
        resideInAnyPackage(allowed).or(resideInAPackage("")); // arrays of primitives
    return classes()
        .that()
        .resideInAPackage(ours(name))
        .should()
        .onlyDependOnClassesThat(permitted)
        .allowEmptyShould(true);
  }
}
