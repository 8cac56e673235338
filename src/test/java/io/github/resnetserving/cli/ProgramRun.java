package io.github.resnetserving.cli;

import io.github.resnetserving.engine.EngineException;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.model.ModelSpec;
import io.github.resnetserving.network.NetworkFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** What a run of the program printed and how it ended. */
record ProgramRun(int exitCode, String out, String err) {

  static ProgramRun of(String... words) {
    PrintStream standardOut = System.out;
    PrintStream standardErr = System.err;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      int exitCode = new CommandLineProgram(ProgramRun::load, properties -> {}).run(words);
      return new ProgramRun(
          exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(standardOut);
      System.setErr(standardErr);
    }
  }

  private static InferenceEngine load(ModelSpec spec, EngineOptions options)
      throws IOException, EngineException {
    try (NetworkFile file = NetworkFile.open(spec.weights(), spec.network())) {
      return InferenceEngine.load(file.network(), spec.preprocessing(), options);
    }
  }
}
