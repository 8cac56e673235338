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

  private static final String PARALLELISM = "jdk.virtualThreadScheduler.parallelism";
  private static final int CARRIERS_A_PROCESSOR = 4;
  private static final int LEAST_CARRIERS = 8;

  /** Runs a command; see {@code --help}. */
  public static void main(String[] args) {
    int exitCode = new CommandLineProgram(ResNetServing::serve).run(args);
    // A server goes on in threads of its own; every other command is done.
    if (exitCode != 0) {
      System.exit(exitCode);
    }
  }

  private static void serve(List<String> properties) {
    chooseCarrierThreads();
    NativeRuntime.preload(); // while Spring starts
    SpringApplication.run(ResNetServing.class, properties.toArray(String[]::new));
  }

  /**
   * Chooses, unless the JVM's options do, how many threads virtual threads run on, of which the JVM
   * has as many as there are processors. A request that computes without waiting, such as one whose
   * large message is parsed, keeps its carrier thread, and on two processors two of those would
   * keep every other request waiting. With more carrier threads than processors the operating
   * system shares the processors out. To be called before anything else.
   */
  private static void chooseCarrierThreads() {
    if (System.getProperty(PARALLELISM) == null) {
      int count = carrierThreads(Runtime.getRuntime().availableProcessors());
      System.setProperty(PARALLELISM, Integer.toString(count));
    }
  }

  static int carrierThreads(int processors) {
    return Math.max(LEAST_CARRIERS, CARRIERS_A_PROCESSOR * processors);
  }
}
