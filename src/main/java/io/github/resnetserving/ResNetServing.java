package io.github.resnetserving;

import io.github.resnetserving.cli.CommandLineProgram;
import io.github.resnetserving.engine.NativeRuntime;
import io.github.resnetserving.serving.EngineConfiguration;
import java.util.List;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Import;

/**
 * The program: a command line, one of whose commands serves. No classes are scanned for beans,
 * which would take a twentieth of the start: all are named.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import({
  EngineConfiguration.class,
  ServingConfiguration.class
}) // the engine's beans are made first
public class ResNetServing {

  /** Runs a command; see {@code --help}. */
  public static void main(String[] args) {
    int exitCode = new CommandLineProgram(ResNetServing::serve).run(args);
    // A server goes on in threads of its own; every other command is done.
    if (exitCode != 0) {
      System.exit(exitCode);
    }
  }

  private static void serve(List<String> properties) {
    CarrierThreads.choose();
    NativeRuntime.preload(); // while Spring starts
    SpringApplication.run(ResNetServing.class, properties.toArray(String[]::new));
  }
}
