package io.github.resnetserving;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Arrays;
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

  private static final String[] ALWAYS = {
    "java..", "javax..", "jdk..", "org.w3c.dom..", "org.jspecify.annotations"
  };
  private static final String JACKSON = "tools.jackson..";
  private static final String JACKSON_ANNOTATIONS = "com.fasterxml.jackson.annotation..";
  private static final String DJL = "ai.djl..";
  private static final String SPRING = "org.springframework..";
  private static final String SERVLET = "jakarta.servlet..";
  private static final String LOGGING = "org.slf4j..";

  @ArchTest static final ArchRule model = mayImport("model", JACKSON, JACKSON_ANNOTATIONS);

  @ArchTest static final ArchRule batch = mayImport("batch");

  @ArchTest static final ArchRule watch = mayImport("watch", ours("batch"), LOGGING);

  @ArchTest static final ArchRule access = mayImport("access");

  @ArchTest static final ArchRule load = mayImport("load");

  @ArchTest static final ArchRule ranking = mayImport("ranking", ours("model"));

  @ArchTest
  static final ArchRule image =
      mayImport("image", ours("model"), "com.twelvemonkeys..", "com.drew..");

  @ArchTest
  static final ArchRule weights = mayImport("weights", ours("model"), JACKSON, JACKSON_ANNOTATIONS);

  @ArchTest static final ArchRule network = mayImport("network", ours("weights"), ours("model"));

  @ArchTest
  static final ArchRule catalog =
      mayImport(
          "catalog", ours("network"), ours("weights"), ours("model"), JACKSON, JACKSON_ANNOTATIONS);

  @ArchTest
  static final ArchRule engine =
      mayImport("engine", ours("network"), ours("onednn"), ours("model"), DJL, LOGGING);

  @ArchTest static final ArchRule onednn = mayImport("onednn");

  @ArchTest
  static final ArchRule training =
      mayImport(
          "training",
          ours("network"),
          ours("weights"),
          ours("image"),
          ours("model"),
          DJL,
          "org.apache.commons.compress..",
          "org.knowm.xchart..");

  @ArchTest
  static final ArchRule inference =
      mayImport("inference", ours("image"), ours("batch"), ours("ranking"), ours("model"));

  @ArchTest
  static final ArchRule sandbox = mayImport("sandbox", ours("image"), ours("model"), LOGGING);

  @ArchTest static final ArchRule remote = mayImport("remote", "org.apache.hc..");

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
  static final ArchRule http =
      mayImport(
          "http",
          ours("rest.request"),
          ours("access"),
          ours("batch"),
          ours("inference"),
          ours("model"),
          ours("remote"),
          "org.apache.tomcat.util.net..",
          SPRING,
          SERVLET,
          LOGGING,
          JACKSON,
          JACKSON_ANNOTATIONS,
          "io.swagger.v3.oas..",
          "org.springdoc..",
          "org.apache.catalina..",
          "org.apache.coyote..",
          "org.apache.juli.logging..",
          "org.apache.tomcat.util.http..");

  @ArchTest
  static final ArchRule protocol =
      mayImport(
          "protocol",
          ours("rest.request"),
          ours("access"),
          ours("grpc"),
          ours("inference"),
          ours("model"),
          SPRING,
          SERVLET,
          LOGGING,
          JACKSON,
          JACKSON_ANNOTATIONS,
          "io.swagger.v3.oas..",
          "org.springdoc..",
          "io.grpc..",
          "com.google.protobuf..",
          "com.google.common.util.concurrent..");

  @ArchTest
  static final ArchRule grpc =
      mayImport(
          "grpc",
          ours("inference"),
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
          ours("batch"),
          ours("engine"),
          ours("inference"),
          ours("image"),
          ours("model"),
          ours("sandbox"),
          ours("watch"),
          "io.micrometer..",
          "org.springframework.boot.health..",
          "org.springframework.boot.actuate..");

  @ArchTest
  static final ArchRule theCommandLineKnowsNothingOfHttp =
      noClasses()
          .that()
          .resideInAPackage(ours("cli"))
          .should()
          .dependOnClassesThat()
          .resideInAPackage(ours("http"))
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule onlyEngineAndTrainingKnowDjl =
      noClasses()
          .that(not(resideInAnyPackage(ours("engine"), ours("training"))))
          .should()
          .dependOnClassesThat()
          .resideInAPackage(DJL);

  @ArchTest
  static final ArchRule nobodyImportsTheRoot =
      noClasses()
          .that(not(resideInAnyPackage(BASE, ours("cli"))))
          .should()
          .dependOnClassesThat()
          .resideInAPackage(BASE);

  /** Where the classes of one of our packages reside. */
  private static String ours(String name) {
    return BASE + "." + name + "..";
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
