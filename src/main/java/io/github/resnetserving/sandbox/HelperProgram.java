package io.github.resnetserving.sandbox;

import io.github.resnetserving.image.ImagePipeline;
import java.io.File;
import java.net.URI;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.stream.Collectors;

/**
 * Where the helper's classes lie, which are this process's own.
 *
 * @param files jars and folders
 * @param words of the command line that name them, and the class to run
 */
record HelperProgram(List<Path> files, List<String> words) {

  private static final String LAUNCHER =
      "org.springframework.boot.loader.launch.PropertiesLauncher";

  HelperProgram {
    files = List.copyOf(files);
    words = List.copyOf(words);
  }

  /** Runs {@link HelperMain} with as few jars as it needs. */
  static HelperProgram ofThisProcess() {
    List<Class<?>> needed = new ArrayList<>(ImagePipeline.libraries());
    needed.add(HelperMain.class); // last: its jar may name all libraries of the service
    return of(HelperMain.class, needed);
  }

  /**
   * @param main the class to run
   * @param needed a class of each jar that it needs
   */
  static HelperProgram of(Class<?> main, List<Class<?>> needed) {
    URL own = location(main);
    if (own.getProtocol().equals("jar")) {
      Path jar = outerJar(own.toString());
      return new HelperProgram(
          List.of(jar),
          List.of("-Dloader.main=" + main.getName(), "-cp", jar.toString(), LAUNCHER));
    }
    SequencedSet<Path> files = new LinkedHashSet<>();
    needed.forEach(type -> files.add(Path.of(URI.create(location(type).toString()))));
    String path =
        files.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    return new HelperProgram(List.copyOf(files), List.of("-cp", path, main.getName()));
  }

  private static URL location(Class<?> type) {
    return type.getProtectionDomain().getCodeSource().getLocation();
  }

  /** Of {@code jar:nested:/opt/app.jar/!BOOT-INF/classes/!/}, which is Spring Boot's, app.jar. */
  static Path outerJar(String text) {
    int begin = text.indexOf("nested:");
    int end = text.indexOf("/!");
    if (begin < 0 || end < begin) {
      throw new IllegalStateException("no jar can be seen in " + text);
    }
    return Path.of(URI.create("file:" + text.substring(begin + "nested:".length(), end)));
  }
}
