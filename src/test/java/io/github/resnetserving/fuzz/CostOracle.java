package io.github.resnetserving.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Judges one call of a parser or decoder: it fails for what is thrown beside the declared exception
 * and for what costs more than in proportion to the input's size.
 *
 * <p>The size of an input is its bytes or, for images, the pixels that may be admitted, whichever
 * is more. The costs are those of the calling thread: bytes allocated on the heap, garbage
 * included, and processor time. Memory that native libraries allocate themselves is not seen;
 * buffers that this program hands them are.
 *
 * <p>Each bound has a part for any input, which covers what a reader needs before it looks at the
 * first byte, and a part for each byte. Both are several times what honest inputs were measured to
 * cost, so that neither an instrumented class nor a busy machine is taken for a fault, and far
 * below what one attack costs: an input of 8 kB whose cost grows with the square of its size
 * allocates or spends tens of millions where less than five million are allowed.
 *
 * <p>Immutable.
 *
 * @param fixedBytes bytes that any input may allocate
 * @param bytesPerUnit further bytes for each byte or pixel
 * @param fixedNanos nanoseconds of processor time that any input may take
 * @param nanosPerUnit further nanoseconds for each byte or pixel
 */
public record CostOracle(long fixedBytes, long bytesPerUnit, long fixedNanos, long nanosPerUnit) {

  public static final CostOracle IMAGES = new CostOracle(1 << 20, 64, 20_000_000, 4_000);
  public static final CostOracle MESSAGES = new CostOracle(128 << 10, 16, 20_000_000, 1_000);
  public static final CostOracle CHECKPOINTS = new CostOracle(512 << 10, 512, 20_000_000, 1_000);

  /**
   * A cost above the bound counts where it shows each time: loading and compiling classes, growing
   * buffers that are kept, and other programs on the machine are not the input's fault.
   */
  private static final int RUNS = 5;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Returns a bound that allows so many bytes more, for what an input of this kind needs. */
  public CostOracle plusBytes(long bytes) {
    return new CostOracle(fixedBytes + bytes, bytesPerUnit, fixedNanos, nanosPerUnit);
  }

  /** What is judged. It is called several times and must begin anew each time. */
  @FunctionalInterface
  public interface Work {
    void run() throws Exception;
  }

  private record Cost(long bytes, long nanos) {}

  /**
   * Runs the work and judges its costs.
   *
   * @param input shown in the message, so that it can be kept as a regression
   * @param units bytes or pixels, whichever is more
   * @param declared what the work may throw for a bad input
   * @throws AssertionError if another exception is thrown, if the declared one hides an error of
   *     the virtual machine, or if the costs are above the bound each time
   */
  public void check(byte[] input, long units, Class<? extends Exception> declared, Work work) {
    Cost least = new Cost(Long.MAX_VALUE, Long.MAX_VALUE);
    for (int i = 0; i < RUNS && !isWithin(least, units); i++) {
      Cost cost = measure(input, declared, work);
      least =
          new Cost(Math.min(least.bytes(), cost.bytes()), Math.min(least.nanos(), cost.nanos()));
    }
    if (!isWithin(least, units)) {
      throw new AssertionError(
          "an input of %d bytes (%d units) allocates %d bytes of at most %d and takes %d ns of at most %d: %s"
              .formatted(
                  input.length,
                  units,
                  least.bytes(),
                  maxBytes(units),
                  least.nanos(),
                  maxNanos(units),
                  shown(input)));
    }
  }

  private boolean isWithin(Cost cost, long units) {
    return cost.bytes() <= maxBytes(units) && cost.nanos() <= maxNanos(units);
  }

  private long maxBytes(long units) {
    return fixedBytes + bytesPerUnit * units;
  }

  private long maxNanos(long units) {
    return fixedNanos + nanosPerUnit * units;
  }

  private static Cost measure(byte[] input, Class<? extends Exception> declared, Work work) {
    long bytes = THREADS.getCurrentThreadAllocatedBytes();
    long nanos = THREADS.getCurrentThreadCpuTime();
    try {
      work.run();
    } catch (Exception e) {
      if (!declared.isInstance(e) || hides(e, VirtualMachineError.class)) {
        throw new AssertionError("%s for %s".formatted(e, shown(input)), e);
      }
    }
    return new Cost(
        THREADS.getCurrentThreadAllocatedBytes() - bytes,
        THREADS.getCurrentThreadCpuTime() - nanos);
  }

  private static boolean hides(Throwable thrown, Class<? extends Throwable> type) {
    for (@Nullable Throwable cause = thrown.getCause(); cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }

  private static String shown(byte[] input) {
    return "base64 " + Base64.getEncoder().encodeToString(input);
  }
}
