package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.ExternalProgram.Run;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Has openapi-generator, which comes from Maven, make clients of a running service's document. */
final class ClientGenerator {

  /** Where clients are made, each in a folder of its language's name. */
  static final Path HOME = Path.of("target/clients").toAbsolutePath();

  static final String JAVA = Path.of(System.getProperty("java.home"), "bin", "java").toString();

  private static final Path GENERATOR =
      Path.of("target/test-tools/openapi-generator-cli.jar").toAbsolutePath();
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final String WITHOUT =
      "--global-property=apiTests=false,modelTests=false,apiDocs=false,modelDocs=false";
  private static final Pattern DECLARED =
      Pattern.compile("\\b(?:class|interface|struct|type) (\\w+)\\b");
  private static final Set<String> SOURCES = Set.of("java", "py", "ts", "go", "rs", "cs", "kt");

  private final Path document;

  private ClientGenerator(Path document) {
    this.document = document;
  }

  /** Takes the document of the service at a port. */
  static ClientGenerator of(int port) throws IOException, InterruptedException {
    Files.createDirectories(HOME);
    Path document = HOME.resolve("openapi.json");
    try (HttpClient client = HttpClient.newHttpClient()) {
      client.send(
          HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/v3/api-docs")).build(),
          BodyHandlers.ofFile(document));
    }
    return new ClientGenerator(document);
  }

  /**
   * Makes a client, in which every schema must have its own name.
   *
   * @param generator openapi-generator's name of a language
   * @return the client's folder
   */
  Path generate(String generator, String... options) throws IOException, InterruptedException {
    Path made = HOME.resolve(generator);
    delete(made);
    List<String> command =
        new ArrayList<>(List.of(JAVA, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-jar", GENERATOR.toString(), "generate", "-g", generator));
    command.addAll(List.of("-i", document.toString(), "-o", made.toString(), WITHOUT));
    command.addAll(List.of(options));
    Run generated = ExternalProgram.run(HOME, Map.of(), LIMIT, command.toArray(String[]::new));
    assertThat(generated.status()).as(generated.output()).isZero();
    assertThat(declared(made)).as(generator).containsAll(objects().keySet());
    return made;
  }

  /**
   * The properties that a language calls otherwise than its rules of spelling would, since it needs
   * their names itself.
   *
   * @param extension of a source of the language, {@code cs} or {@code kt}
   */
  Set<String> renamed(Path client, String extension) throws IOException {
    Map<String, Path> sources;
    try (Stream<Path> all = Files.walk(client)) {
      sources =
          all.filter(file -> file.toString().endsWith("." + extension))
              .collect(
                  Collectors.toMap(
                      file -> file.getFileName().toString(), file -> file, (_, other) -> other));
    }
    Set<String> renamed = new TreeSet<>();
    for (var schema : objects().entrySet()) {
      Path file = Objects.requireNonNull(sources.get(schema.getKey() + "." + extension));
      String source = Files.readString(file).replace("`", "");
      for (String property : schema.getValue().path("properties").propertyNames()) {
        String name = camelCase(property);
        String declared =
            extension.equals("cs")
                ? " %s%s { "
                    .formatted(name.substring(0, 1).toUpperCase(Locale.ROOT), name.substring(1))
                : " val %s: ".formatted(name);
        if (!source.contains(declared)) {
          renamed.add(property);
        }
      }
    }
    return renamed;
  }

  private static String camelCase(String name) {
    return Pattern.compile("_(.)")
        .matcher(name)
        .replaceAll(letter -> letter.group(1).toUpperCase(Locale.ROOT));
  }

  /**
   * The schemas of objects that are types in languages. What is a list in the document is one
   * there, too, and a form's parts are a method's parameters.
   */
  private Map<String, JsonNode> objects() {
    JsonNode schemas = JsonMapper.shared().readTree(document.toFile()).at("/components/schemas");
    return schemas
        .propertyStream()
        .filter(schema -> schema.getValue().path("type").asString("").equals("object"))
        .filter(schema -> !schema.getKey().endsWith("Form"))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  /** The names of types in a folder's sources. */
  private static Set<String> declared(Path folder) throws IOException {
    Set<String> names = new TreeSet<>();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.filter(ClientGenerator::isSource).toList()) {
        DECLARED
            .matcher(Files.readString(each))
            .results()
            .map((MatchResult found) -> found.group(1))
            .forEach(names::add);
      }
    }
    return names;
  }

  private static boolean isSource(Path file) {
    String name = file.getFileName().toString();
    return SOURCES.contains(name.substring(name.lastIndexOf('.') + 1)) && Files.isRegularFile(file);
  }

  static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path each : all.toList()) {
        Path there = to.resolve(from.relativize(each).toString());
        if (Files.isDirectory(each)) {
          Files.createDirectories(there);
        } else {
          Files.copy(each, there, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path each : all.toList().reversed()) {
          Files.delete(each);
        }
      }
    }
  }
}
