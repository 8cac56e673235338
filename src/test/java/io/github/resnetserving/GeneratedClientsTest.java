package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.ExternalProgram.Run;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/**
 * Clients as openapi-generator makes them of the running service's own document, compiled and used
 * by the programs under {@code src/test/resources/clients}, which all print the same.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
@Timeout(600)
class GeneratedClientsTest {

  private static final Path EXAMPLES = Path.of("src/test/resources/clients").toAbsolutePath();
  private static final Path HOME = ClientGenerator.HOME;
  private static final String CLASS_PATH = System.getProperty("java.class.path");
  private static final Duration LIMIT = Duration.ofMinutes(5);

  /** The oldest Rust that the crates of {@code rust/Cargo.toml} are chosen for. */
  private static final int[] OLDEST_RUST = {1, 88};

  @LocalServerPort private int port;

  @BeforeEach
  void isReady() {
    await().atMost(Duration.ofMinutes(2)).until(() -> status("/readyz") == 200);
  }

  @Test
  void aJavaClientIsUsed() throws Exception {
    Path client =
        generator()
            .generate(
                "java",
                "--library=native",
                "--invoker-package=io.github.resnetserving.client",
                "--api-package=io.github.resnetserving.client.api",
                "--model-package=io.github.resnetserving.client.model",
                "--additional-properties=useSingleRequestParameter=true,openApiNullable=false,useJakartaEe=true");
    Path classes = HOME.resolve("java-classes");
    Files.createDirectories(classes);
    List<Path> sources = new ArrayList<>(List.of(EXAMPLES.resolve("java/Example.java")));
    try (Stream<Path> generated = Files.walk(client.resolve("src/main/java"))) {
      generated.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    boolean compiled =
        compiler
            .getTask(
                said,
                null,
                null,
                List.of("-proc:none", "-d", classes.toString(), "-classpath", CLASS_PATH),
                null,
                compiler
                    .getStandardFileManager(null, null, null)
                    .getJavaFileObjectsFromPaths(sources))
            .call();
    assertThat(compiled).as(said.toString()).isTrue();

    assertAnswers(
        run(
            HOME,
            ClientGenerator.JAVA,
            "-cp",
            classes + System.getProperty("path.separator") + CLASS_PATH,
            "Example"));
  }

  @Test
  void aPythonClientIsUsed() throws Exception {
    Path client = generator().generate("python", "--package-name=resnet_serving");
    PythonEnvironment python = PythonEnvironment.of("client");
    Path example = EXAMPLES.resolve("python/example.py");
    List<String> command = arguments(example.toString());

    assertAnswers(
        python.run(
            Map.of("PYTHONPATH", client.toString()),
            LIMIT,
            "python",
            command.toArray(String[]::new)));
  }

  @Test
  void aTypeScriptClientIsUsed() throws Exception {
    Path home = HOME.resolve("typescript-example");
    installNode(home);
    Path client = generator().generate("typescript-fetch");
    ClientGenerator.copy(client, home.resolve("resnet-serving"));

    Run compiled =
        ExternalProgram.run(home, Map.of(), LIMIT, "node_modules/.bin/tsc", "--project", ".");
    assertThat(compiled.status()).as(compiled.output()).isZero();

    assertAnswers(run(home, "node", "built/example.js"));
  }

  /** Of the standard library alone, in a module with the program that uses it. */
  @Test
  void aGoClientIsUsed() throws Exception {
    assumeTrue(
        ExternalProgram.run(EXAMPLES, Map.of(), LIMIT, "go", "version").succeeded(),
        "skipped: Go is not installed (Debian: golang-go)");
    Path home = HOME.resolve("go-example");
    ClientGenerator.copy(EXAMPLES.resolve("go"), home);
    Path client =
        generator()
            .generate(
                "go",
                "--package-name=resnetserving",
                "--additional-properties=withGoMod=false,disallowAdditionalPropertiesIfNotPresent=false");
    ClientGenerator.copy(client, home.resolve("resnetserving"));

    Run compiled =
        ExternalProgram.run(
            home,
            Map.of("GOPROXY", "off", "CGO_ENABLED", "0"), // without C the library compiles faster
            LIMIT,
            "go",
            "build",
            "-buildvcs=false",
            "-o",
            "built",
            ".");
    assertThat(compiled.status()).as(compiled.output()).isZero();

    assertAnswers(run(home, home.resolve("built").toString()));
  }

  @Test
  void aRustClientIsUsed() throws Exception {
    Run version = ExternalProgram.run(EXAMPLES, Map.of(), LIMIT, "cargo", "--version");
    assumeTrue(
        version.succeeded() && isNewEnough(version.output()),
        "skipped: there is no Rust of %d.%d or newer".formatted(OLDEST_RUST[0], OLDEST_RUST[1]));
    Path home = HOME.resolve("rust-example");
    ClientGenerator.copy(EXAMPLES.resolve("rust"), home);
    Path client =
        generator()
            .generate(
                "rust",
                "--package-name=resnet_serving",
                "--additional-properties=useSingleRequestParameter=true,reqwestDefaultFeatures=");
    ClientGenerator.copy(client, home.resolve("resnet-serving"));

    Run fetched = ExternalProgram.run(home, Map.of(), LIMIT, "cargo", "fetch");
    assumeTrue(fetched.succeeded(), "skipped: crates cannot be fetched: " + fetched.output());
    Run compiled =
        ExternalProgram.run(
            home, Map.of(), LIMIT, "cargo", "build", "--offline", "--target-dir=built");
    assertThat(compiled.status()).as(compiled.output()).isZero();

    assertAnswers(run(home, home.resolve("built/debug/example").toString()));
  }

  private static boolean isNewEnough(String version) {
    Matcher numbers = Pattern.compile("(\\d+)\\.(\\d+)").matcher(version);
    return numbers.find()
        && Arrays.compare(
                new int[] {Integer.parseInt(numbers.group(1)), Integer.parseInt(numbers.group(2))},
                OLDEST_RUST)
            >= 0;
  }

  /** Neither is compiled here: it is looked at what they call everything. */
  @ParameterizedTest
  @CsvSource({"csharp, cs, version", "kotlin, kt, class values"})
  void everyPropertyKeepsItsNameButThoseThatALanguageNeeds(
      String language, String extension, String needed) throws Exception {
    ClientGenerator generator = generator();
    Path client = generator.generate(language);

    assertThat(String.join(" ", generator.renamed(client, extension))).isEqualTo(needed);
  }

  @Test
  void theDocumentsShowWhatIsTested() throws Exception {
    String documents = Files.readString(Path.of("docs/api.md"));
    for (String example :
        List.of(
            "python/example.py",
            "typescript/example.ts",
            "java/Example.java",
            "go/main.go",
            "rust/src/main.rs")) {
      String language = example.substring(0, example.indexOf('/'));
      Matcher block =
          Pattern.compile("## Clients.*?```%s\n(.+?)```".formatted(language), Pattern.DOTALL)
              .matcher(documents);
      assertThat(block.find()).as(language).isTrue();
      assertThat(withoutIndentation(Files.readString(EXAMPLES.resolve(example))))
          .contains(withoutIndentation(block.group(1)));
    }
  }

  private static String withoutIndentation(String code) {
    return code.lines().map(String::strip).collect(Collectors.joining("\n"));
  }

  private static void assertAnswers(Run run) {
    assertThat(run.output().replaceFirst("( format that is read here;).*", "$1 …"))
        .isEqualTo(
            """
            one file: horse
            many files: horse, /problems/unsupported-image, horse
            features: 64 numbers of pool
            error: 415 /problems/unsupported-image, Unsupported image: The bytes are in no image format that is read here; …
            error: 404 /problems/unknown-model, Unknown model: There is no model none. There are: cifar10-resnet20.
            model: cifar10-resnet20 ready\
            """);
    assertThat(run.status()).isZero();
  }

  private ClientGenerator generator() throws Exception {
    return ClientGenerator.of(port);
  }

  /** Runs an example: what is told is the service, a photograph and something else. */
  private Run run(Path folder, String... command) throws InterruptedException {
    return ExternalProgram.run(folder, Map.of(), LIMIT, arguments(command).toArray(String[]::new));
  }

  private List<String> arguments(String... command) {
    List<String> all = new ArrayList<>(List.of(command));
    all.add("http://localhost:" + port);
    all.add(Path.of("src/test/resources/horse.webp").toAbsolutePath().toString());
    all.add(Path.of("pom.xml").toAbsolutePath().toString());
    return all;
  }

  /** What the example needs, once for each list of packages. */
  private static void installNode(Path home) throws Exception {
    Files.createDirectories(home);
    assumeTrue(
        ExternalProgram.run(home, Map.of(), LIMIT, "npm", "--version").succeeded(),
        "skipped: npm is not installed (Debian: nodejs npm)");
    ClientGenerator.copy(EXAMPLES.resolve("typescript"), home);
    Path lock = home.resolve("package-lock.json");
    Path installed = home.resolve("installed.json");
    if (Files.exists(installed) && Files.mismatch(lock, installed) < 0) {
      return;
    }
    Run install = ExternalProgram.run(home, Map.of(), LIMIT, "npm", "ci", "--ignore-scripts");
    assumeTrue(install.succeeded(), "skipped: TypeScript cannot be installed: " + install.output());
    Files.copy(lock, installed, StandardCopyOption.REPLACE_EXISTING);
  }

  private int status(String path) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client
          .send(
              HttpRequest.newBuilder(URI.create("http://localhost:" + port + path)).build(),
              BodyHandlers.discarding())
          .statusCode();
    }
  }
}
