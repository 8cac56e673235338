package io.github.resnetserving.engine;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import ai.djl.engine.StandardCapabilities;
import ai.djl.pytorch.jni.JniUtils;
import io.github.resnetserving.plan.onednn.OneDnn;
import io.github.resnetserving.tensor.Precision;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * libtorch, loaded into this process once.
 *
 * <p>The library keeps its settings for the whole process or for the calling thread, so each thread
 * that calls it says {@link #adopt} first.
 */
public final class NativeRuntime {

  static {
    // Everything needed is on the class path: DJL must neither look for updates nor phone home.
    System.setProperty("ai.djl.offline", "true");
  }

  /** A small network, or a plan that was made before, leaves nothing that pays a collection. */
  private static final long WORTH_COLLECTING = 96L << 20;

  private NativeRuntime() {}

  /**
   * Gives back to the system what loading left free. Folding leaves a heap full of arrays, and
   * preparation and warm-up as much native memory: some 400 MB for ResNet-50, which would otherwise
   * count as used as long as the process lives.
   */
  public static void releaseUnused() {
    Runtime java = Runtime.getRuntime();
    if (java.totalMemory() - java.freeMemory() > WORTH_COLLECTING) {
      System.gc(); // stops everything for a tenth of a second
    }
    new NativeHeap().trim();
  }

  /**
   * Begins to load the library, which takes half a second, on a thread of its own: a program that
   * has something else to do first need not wait. Where it fails, so does the first use, and says
   * why.
   */
  public static void preload() {
    Thread thread =
        Thread.ofPlatform().daemon().name("libtorch").unstarted(NativeRuntime::hasOneDnn);
    thread.setUncaughtExceptionHandler((failed, failure) -> {});
    thread.start();
  }

  /** Looked for once: the library's symbol table has half a million entries. */
  private static final class Carried {
    static final Optional<OneDnn> ONE_DNN =
        System.getProperty("os.arch").equals("amd64")
            ? OneDnn.find("libtorch_cpu.so")
            : Optional.empty(); // never tried elsewhere
  }

  /** Whether this processor has instructions for the precision, so that it is worth taking. */
  public static boolean isNative(Precision precision) {
    return ProcessorFeatures.ofMachine().isNative(precision);
  }

  /**
   * Checks that this processor computes in the precision.
   *
   * @throws EngineException if it does not; the message says what it lacks
   */
  public static void check(Precision precision) throws EngineException {
    ProcessorFeatures.ofMachine().check(precision);
  }

  /** Whether oneDNN can be called where it lies inside the library. */
  public static boolean hasOneDnn() {
    ai.djl.engine.Engine.getEngine("PyTorch");
    return Carried.ONE_DNN.isPresent();
  }

  /**
   * oneDNN, as it lies inside the library.
   *
   * @throws IllegalStateException if it cannot be called
   */
  static OneDnn oneDnn() {
    ai.djl.engine.Engine.getEngine("PyTorch");
    return Carried.ONE_DNN.orElseThrow(() ->
        new IllegalStateException(
            "oneDNN cannot be called inside this libtorch: it needs Linux on x86-64, and a"
                + " libtorch_cpu.so with its symbols"));
  }

  /** Whether the library was built for CUDA and finds a GPU. */
  static boolean hasCuda() {
    return ai.djl.engine.Engine.getEngine("PyTorch").hasCapability(StandardCapabilities.CUDA);
  }

  /** Of libtorch, such as {@code 2.7.1}. */
  static String version() {
    return ai.djl.engine.Engine.getEngine("PyTorch").getVersion();
  }

  /**
   * A thread that has said {@link #adopt}, for some work.
   *
   * @throws RuntimeException if the library cannot be loaded
   */
  static Thread owner(Runnable work, int threads) {
    ai.djl.engine.Engine.getEngine("PyTorch"); // here, where a failure is seen
    return Thread.ofPlatform()
        .name("engine")
        .daemon()
        .unstarted(() -> {
          adopt(threads);
          work.run();
        });
  }

  /**
   * Prepares the calling thread, which becomes the owner of a team of computing threads: libgomp
   * keeps one team for each thread that calls it.
   *
   * @param threads threads that compute one operator together
   */
  public static void adopt(int threads) {
    ai.djl.engine.Engine.getEngine("PyTorch");
    JniUtils.setNumThreads(threads);
    // A thread's first use of its number sets it to the one that any thread was given last.
    int _ = JniUtils.getNumThreads();
    JniUtils.setNumThreads(threads);
    // The graphs here are optimised when they are written; at run time it would only start over at
    // each new batch size.
    JniUtils.setGraphExecutorOptimize(false);
    JniUtils.setGradMode(false);
  }

  /** What native code allocates with {@code malloc}. Thread-safe. */
  private static final class NativeHeap {

    private final Optional<MethodHandle> trim;

    /** Looks for glibc's {@code malloc_trim(3)}, which other C libraries lack. */
    @SuppressWarnings("restricted") // the signature is that of malloc.h
    NativeHeap() {
      Linker linker = Linker.nativeLinker();
      trim =
          linker
              .defaultLookup()
              .find("malloc_trim")
              .map(function ->
                  linker.downcallHandle(function, FunctionDescriptor.of(JAVA_INT, JAVA_LONG)));
    }

    /** Gives free memory back to the system, where the C library can. */
    void trim() {
      trim.ifPresent(NativeHeap::call);
    }

    private static void call(MethodHandle trim) {
      try {
        int _ = (int) trim.invokeExact(/* pad= */ 0L);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
