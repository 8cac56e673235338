package io.github.resnetserving.sandbox;

import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.image.ImagePreparer;
import io.github.resnetserving.image.PreparationListener;
import io.github.resnetserving.image.PreparedImage;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.CropMode;
import io.github.resnetserving.sandbox.TimeLimit.TimeBudget;

/**
 * Images to crops as {@link ImagePipeline} makes them, those of rare formats in a helper process
 * whose time and memory are limited: what its decoder does, the service lives on. An image that the
 * helper ends for is an {@link ImageException.TooCostly}, and the next one gets a new helper.
 * Thread-safe; a call blocks its thread until the helper has replied.
 */
public final class ImageSandbox implements ImagePreparer, AutoCloseable {

  /**
   * Helpers for rare formats stand back: on a busy processor they get a tenth of what a thread of
   * the service gets.
   */
  private static final int RARE_NICE = 10;

  private final SandboxMode mode;
  private final ImagePipeline here;
  private final Watchdog watchdog = new Watchdog();
  private final HelperPool rare;
  private final HelperPool common;

  /**
   * Starts no process yet.
   *
   * @param here prepares what no helper does, by the same policy
   * @param maxBytes bytes of an image at most
   * @param commonHelpers processes at most for images of common formats, where the mode is {@link
   *     SandboxMode#ALL}; for rare ones there is one more
   */
  public ImageSandbox(
      SandboxMode mode,
      ImagePipeline here,
      DecodePolicy policy,
      int maxBytes,
      int commonHelpers,
      SandboxListener listener) {
    this(
        mode,
        here,
        new HelperSettings(policy, maxBytes, ProcessHandle.current().pid()),
        commonHelpers,
        listener);
  }

  private ImageSandbox(
      SandboxMode mode,
      ImagePipeline here,
      HelperSettings settings,
      int commonHelpers,
      SandboxListener listener) {
    this.mode = mode;
    this.here = here;
    HelperProgram program = HelperProgram.ofThisProcess();
    this.rare =
        pool(new HelperCommand(program, settings, /* compiler= */ false), RARE_NICE, 1, listener);
    this.common =
        pool(
            new HelperCommand(program, settings, /* compiler= */ true), 0, commonHelpers, listener);
  }

  private HelperPool pool(HelperCommand command, int nice, int count, SandboxListener listener) {
    return new HelperPool(
        new HelperLauncher(command, nice),
        watchdog,
        TimeBudget.DEFAULT,
        command.settings().policy().maxPixels(),
        count,
        listener);
  }

  @Override
  public PreparedImage prepare(
      byte[] encoded, Preprocessing preprocessing, CropMode view, PreparationListener listener)
      throws ImageException {
    if (mode == SandboxMode.OFF) {
      return here.prepare(encoded, preprocessing, view, listener);
    }
    Request.Image image = new Request.Image(encoded, preprocessing, view);
    if (here.isRare(encoded)) {
      return rare.prepare(image, new OwnMemory(listener));
    }
    return mode == SandboxMode.ALL
        ? common.prepare(image, listener)
        : here.prepare(encoded, preprocessing, view, listener);
  }

  /**
   * Room for pixels is not taken from the service's: the one helper for rare formats has its own
   * memory, and an image that it has for long would keep that room from all others.
   */
  private record OwnMemory(PreparationListener listener) implements PreparationListener {

    @Override
    public void onDecoded() {
      listener.onDecoded();
    }

    @Override
    public long remainingNanos() {
      return listener.remainingNanos();
    }
  }

  @Override
  public boolean isRare(byte[] encoded) {
    return here.isRare(encoded);
  }

  /** Which images go to helpers. */
  public SandboxMode mode() {
    return mode;
  }

  /** Helper processes that there are now. */
  public int processes() {
    return rare.size() + common.size();
  }

  /** What holds the helpers for rare formats in, for people; empty before the first has started. */
  public String confinement() {
    return rare.confinement();
  }

  /** Ends all helpers. Images that they have are too costly then. */
  @Override
  public void close() {
    rare.close();
    common.close();
    watchdog.close();
  }

  /** Which images are decoded in helper processes. */
  public enum SandboxMode {
    /** Images of rare formats; see {@link io.github.resnetserving.image.ImagePipeline#isRare}. */
    RARE,
    /** All. */
    ALL,
    /**
     * None: for systems where no process can be started. A rare format's decoder then shares the
     * service's memory, and nothing can stop it.
     */
    OFF
  }
}
