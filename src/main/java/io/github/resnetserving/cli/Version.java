package io.github.resnetserving.cli;

import io.github.resnetserving.serving.ProgramVersion;
import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into the jar's manifest. */
final class Version implements IVersionProvider {

  @Override
  public String[] getVersion() {
    return new String[] {"resnet-serving " + ProgramVersion.text()};
  }
}
