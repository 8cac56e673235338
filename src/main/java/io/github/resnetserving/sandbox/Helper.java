package io.github.resnetserving.sandbox;

import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.PreparationListener;
import io.github.resnetserving.image.PreparedImage;
import io.github.resnetserving.sandbox.HelperPool.HelperStarter;
import io.github.resnetserving.sandbox.Reply.BadReplyException;
import io.github.resnetserving.sandbox.SandboxListener.HelperEnd;
import io.github.resnetserving.sandbox.TimeLimit.TimeBudget;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A helper process that has started, seen from the service. Used by one thread at a time; only
 * {@link #close} may be called by another.
 */
final class Helper implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ImageSandbox.class);

  private static final TimeLimit START =
      new TimeLimit(TimeUnit.SECONDS.toNanos(10), TimeUnit.SECONDS.toNanos(60));

  /** Sizes that one image may announce: its own, and those of its parts. */
  private static final int MOST_SIZES = 16;

  /** What a decoder may announce for a pixel, in units of eight bytes. */
  private static final int MOST_FOR_PIXEL = 4;

  private static final int BUFFER = 1 << 16; // what a pipe holds
  private static final int CRASH_WAIT_SECONDS = 2;
  private static final int EXIT_WAIT_SECONDS = 5;

  private final Process process;
  private final ProcessHandle handle;
  private final DataInputStream in;
  private final DataOutputStream out;
  private final ErrorText errors;
  private final Watchdog watchdog;
  private final TimeBudget budget;
  private final long maxPixels;
  private final SandboxListener listener;
  private String confinement = "";
  private long startNanos;
  private boolean crashed;

  private Helper(
      Process process,
      ProcessHandle handle,
      Watchdog watchdog,
      TimeBudget budget,
      long maxPixels,
      SandboxListener listener) {
    this.process = process;
    this.handle = handle;
    this.in = new DataInputStream(process.getInputStream());
    this.out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream(), BUFFER));
    this.errors = new ErrorText(process);
    this.watchdog = watchdog;
    this.budget = budget;
    this.maxPixels = maxPixels;
    this.listener = listener;
  }

  /**
   * Starts a process and waits until it is ready.
   *
   * @throws IOException it cannot be started, or did not get ready
   */
  static Helper start(
      HelperStarter starter,
      Watchdog watchdog,
      TimeBudget budget,
      long maxPixels,
      SandboxListener listener)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    Process process = starter.start();
    // The process's own handle was made by a thread that cannot see processes: it kills nothing.
    Optional<ProcessHandle> found = ProcessHandle.of(process.pid());
    if (found.isEmpty()) {
      closeStreams(process);
      throw new IOException("it ended at once");
    }
    ProcessHandle handle = found.get();
    Helper helper = new Helper(process, handle, watchdog, budget, maxPixels, listener);
    boolean ready = false;
    try (Watchdog.Watch _ = watchdog.watch(handle, START)) {
      if (!(Reply.read(helper.in, 0) instanceof Reply.Started(int version, String own))) {
        throw new IOException("it did not say that it has started");
      }
      if (version != Reply.VERSION) {
        throw new IOException("the program's files were replaced: start the service again");
      }
      helper.confinement = own + ", " + starter.limit(helper.process.pid());
      ready = true;
    } catch (IOException e) {
      helper.close();
      throw new IOException("%s; it wrote: %s".formatted(e, helper.errors), e);
    } finally {
      if (!ready) {
        helper.close();
      }
    }
    helper.startNanos = System.nanoTime() - begin;
    return helper;
  }

  /** What holds it in, for people. */
  String confinement() {
    return confinement;
  }

  /** How long it took to start. */
  long startNanos() {
    return startNanos;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Has an image prepared. If the helper has to be killed for it, or ends by itself, it is not
   * alive any more when this returns.
   *
   * @throws ImageException.TooCostly the helper ended, other than for the deadline
   * @throws CancellationException the deadline passed, or the listener gave the image up
   */
  PreparedImage prepare(Request.Image image, PreparationListener hearer) throws ImageException {
    Conversation conversation = new Conversation(image, hearer);
    Reply reply;
    try {
      reply = conversation.run();
    } catch (CancellationException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // it was killed, has ended, or talks nonsense
      if (e instanceof BadReplyException) {
        awaitCrash();
      }
      close();
      throw ended(conversation, e);
    }
    if (conversation.killedFor != null) {
      close(); // the reply and the kill crossed
    }
    listener.onReplied();
    return switch (reply) {
      case Reply.Prepared(PreparedImage prepared) -> prepared;
      case Reply.Failed(var kind, var message) -> throw ImageException.of(kind, message);
      default -> throw new CancellationException("there was no room for the image");
    };
  }

  /** Tells why there is no reply. */
  private ImageException.TooCostly ended(Conversation conversation, Exception cause) {
    HelperEnd end = conversation.killedFor;
    if (end == null) {
      end =
          cause instanceof BadReplyException && !crashed
              ? HelperEnd.PROTOCOL
              : exitCode() == HelperEnd.OUT_OF_MEMORY ? HelperEnd.MEMORY : HelperEnd.CRASH;
    }
    listener.onEnded(end);
    LOG.warn( // images can make helpers end, so a line for each must be cheap: no stack
        "a decoder process ended while it had an image: {}, exit code {} ({}); it wrote: {}",
        end,
        exitCode(),
        cause.getMessage(),
        errors);
    return switch (end) {
      case DEADLINE -> throw new CancellationException("the deadline passed");
      case TIME ->
          new ImageException.TooCostly("Decoding takes more time than an image of this size may.");
      case MEMORY ->
          new ImageException.TooCostly(
              "Decoding takes more memory than an image of this size may.");
      case CRASH, PROTOCOL ->
          new ImageException.TooCostly("The image's decoder ended without a result.");
    };
  }

  /** A JVM that crashes says so where replies are expected, and ends soon afterwards. */
  private void awaitCrash() {
    try {
      crashed = process.waitFor(CRASH_WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** After {@link #close}; -1 if the process could not be ended. */
  private int exitCode() {
    return process.isAlive() ? -1 : process.exitValue();
  }

  /** Kills the process, if it is still there, and frees all that is held for it. */
  @Override
  public void close() {
    handle.destroyForcibly();
    try {
      if (!process.waitFor(EXIT_WAIT_SECONDS, TimeUnit.SECONDS)) {
        LOG.error("the decoder process {} was killed and has not ended", process.pid());
      }
      errors.awaitEnd();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    closeStreams(process);
  }

  private static void closeStreams(Process process) {
    closeQuietly(process.getInputStream());
    closeQuietly(process.getOutputStream());
    closeQuietly(process.getErrorStream());
  }

  private static void closeQuietly(Closeable stream) {
    try {
      stream.close();
    } catch (IOException e) {
      // What was left to be written has no reader any more.
    }
  }

  /** What is said about one image. */
  private final class Conversation {

    private final Request.Image image;
    private final PreparationListener hearer;
    private @Nullable HelperEnd killedFor;
    private long largest; // size that was announced
    private int sizes;

    Conversation(Request.Image image, PreparationListener hearer) {
      this.image = image;
      this.hearer = hearer;
    }

    /** The last reply. */
    Reply run() throws IOException {
      long most = maxPixels * MOST_FOR_PIXEL + image.encoded().length;
      Reply reply = exchange(image);
      while (reply instanceof Reply.Size(long pixels)) {
        require(pixels > largest && pixels <= most && ++sizes <= MOST_SIZES, reply);
        largest = pixels;
        reply = exchange(askForRoom(pixels));
      }
      return reply;
    }

    /** While it waits for room no time is counted. */
    private Request askForRoom(long pixels) {
      try {
        hearer.onSize(pixels);
        return new Request.Proceed();
      } catch (CancellationException e) {
        return new Request.GiveUp();
      }
    }

    /** Says something and waits for the reply that needs an answer, or is the last one. */
    private Reply exchange(Request request) throws IOException {
      long wanted = hearer.remainingNanos();
      // Waiting for a helper that is no longer needed costs no more than starting another.
      long limit = wanted > Long.MAX_VALUE - startNanos ? wanted : wanted + startNanos;
      TimeLimit time =
          new TimeLimit(budget.nanos(image.encoded().length, largest), Math.max(limit, 1));
      Watchdog.Watch watch = watchdog.watch(handle, time);
      try (watch) {
        request.write(out);
        Reply reply = Reply.read(in, image.preprocessing().crop());
        while (reply instanceof Reply.Decoded) {
          hearer.onDecoded();
          reply = Reply.read(in, image.preprocessing().crop());
        }
        require(!(reply instanceof Reply.Started), reply);
        return reply;
      } finally {
        killedFor = watch.end();
      }
    }

    private void require(boolean holds, Reply reply) throws BadReplyException {
      if (!holds) {
        throw new BadReplyException("%s out of turn".formatted(reply));
      }
    }
  }
}
