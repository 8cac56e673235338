package io.github.resnetserving.serving;

import java.util.Objects;

/** The version of this program. */
public final class ProgramVersion {

  private ProgramVersion() {}

  /** The version that the build wrote into the jar's manifest, or {@code development}. */
  public static String text() {
    return Objects.requireNonNullElse(
        ProgramVersion.class.getPackage().getImplementationVersion(), "development");
  }
}
