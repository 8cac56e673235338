package io.github.resnetserving;

import io.github.resnetserving.http.ModelAdministration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Knows the model "net" in version 2, and writes down what it is told. */
final class RecordedAdministration implements ModelAdministration {

  private final List<String> told = new CopyOnWriteArrayList<>();

  @Override
  public Loading load(String name, @Nullable String version) {
    told.add("load %s %s".formatted(name, version));
    return name.equals("net") && (version == null || version.equals("2"))
        ? new Loading.Begun()
        : new Loading.Unknown();
  }

  @Override
  public boolean unload(String name) {
    told.add("unload " + name);
    return name.equals("net");
  }

  List<String> told() {
    return told;
  }
}
