package io.github.resnetserving.sandbox;

import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.image.ImagePreparer;
import io.github.resnetserving.sandbox.SandboxListener.HelperEnd;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.util.function.Function;

/**
 * The helper process: confines itself, then prepares the images that come on standard input.
 * Started by {@link ImageSandbox} alone.
 */
public final class HelperMain {

  private static final int BUFFER = 1 << 16; // what a pipe holds

  private HelperMain() {}

  /** Runs until the process that started it ends. */
  public static void main(String[] args) {
    run(args, settings -> new ImagePipeline(settings.policy()));
  }

  /**
   * Runs a helper whose images are prepared by the given preparer.
   *
   * @param preparer made after the process is confined
   */
  static void run(String[] words, Function<HelperSettings, ImagePreparer> preparer) {
    try {
      DataInputStream in =
          new DataInputStream(
              new BufferedInputStream(new FileInputStream(FileDescriptor.in), BUFFER));
      DataOutputStream out =
          new DataOutputStream(
              new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), BUFFER));
      System.setOut(System.err); // nothing else may write into the replies
      HelperSettings settings = HelperSettings.parse(words);
      String confinement = new SelfConfinement(settings.parent()).confine();
      new HelperLoop(in, out, settings.maxBytes(), preparer.apply(settings)).run(confinement);
    } catch (Throwable e) { // an OutOfMemoryError, too: the process ends, and with it the image
      System.err.println(e);
      Runtime.getRuntime().halt(e instanceof OutOfMemoryError ? HelperEnd.OUT_OF_MEMORY : 1);
    }
  }
}
