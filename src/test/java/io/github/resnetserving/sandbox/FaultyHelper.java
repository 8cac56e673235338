package io.github.resnetserving.sandbox;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.image.ImagePreparer;
import io.github.resnetserving.image.PreparationListener;
import io.github.resnetserving.image.PreparedImage;
import io.github.resnetserving.image.PreparedImage.ImageInfo;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.CropMode;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A helper whose decoder does what the image's text says, where a real one would do so by mistake
 * or because an attacker makes it. It announces that it begins as if the image were decoded.
 */
@SuppressWarnings({
  "DefaultCharset",
  "ModifiedButNotUsed",
  "ThreadPriorityCheck"
}) // faults on purpose
public final class FaultyHelper implements ImagePreparer {

  /** The helper's program: its {@code main} is this class's. */
  static HelperProgram program() {
    List<Class<?>> needed = new ArrayList<>(ImagePipeline.libraries());
    needed.add(FaultyHelper.class);
    needed.add(HelperMain.class);
    return HelperProgram.of(FaultyHelper.class, needed);
  }

  public static void main(String[] args) {
    HelperMain.run(args, settings -> new FaultyHelper());
  }

  @Override
  public PreparedImage prepare(
      byte[] encoded, Preprocessing preprocessing, CropMode view, PreparationListener listener)
      throws ImageException {
    String[] words = new String(encoded, StandardCharsets.UTF_8).split(" ", 2);
    listener.onDecoded();
    try {
      misbehave(words[0], words.length == 1 ? "" : words[1], listener);
    } catch (IOException e) { // said to the test
      throw new ImageException.Unreadable(String.valueOf(e.getMessage()));
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    int side = preprocessing.crop();
    return new PreparedImage(
        new Pixels(side, side, new byte[side * side * 3]), new ImageInfo("good", 1, 1));
  }

  @SuppressWarnings("restricted")
  private static void misbehave(String what, String argument, PreparationListener listener)
      throws Throwable {
    switch (what) {
      case "good" -> {}
      case "loop" -> {
        for (long i = 0; i >= 0; i++) {
          Thread.onSpinWait();
        }
      }
      case "yield" -> {
        while (true) {
          Thread.yield();
        }
      }
      case "deaf" -> { // even to interrupts
        while (true) {
          try {
            new java.util.concurrent.CountDownLatch(1).await();
          } catch (InterruptedException e) {
            Thread.onSpinWait();
          }
        }
      }
      case "stand" -> {
        while (true) {
          LockSupport.park();
        }
      }
      case "stop" -> call("raise", "19"); // SIGSTOP: not even its end of input is seen
      case "exit" -> System.exit(0);
      case "halt" -> Runtime.getRuntime().halt(Integer.parseInt(argument));
      case "allocate" -> {
        List<byte[]> all = new ArrayList<>();
        while (true) {
          all.add(new byte[1 << 20]);
        }
      }
      case "array" -> Files.writeString(Path.of("/"), new String(new byte[Integer.MAX_VALUE]));
      case "native" -> {
        while (true) {
          var _ = Arena.global().allocate(1 << 20);
        }
      }
      case "recurse" -> misbehave(what, argument, listener);
      case "throw" -> throw new IllegalStateException("a defect");
      case "segfault" -> {
        var strlen =
            Linker.nativeLinker()
                .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("strlen"),
                    FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
        long _ = (long) strlen.invokeExact(8L);
      }
      case "print" -> {
        System.out.println("decoders print sometimes");
        System.err.println("and warn");
      }
      case "raw" -> {
        try (var out = new FileOutputStream(FileDescriptor.out)) {
          out.write(argument.getBytes(StandardCharsets.UTF_8));
        }
      }
      case "sizes" -> {
        for (long pixels = 1; true; pixels++) {
          listener.onSize(pixels);
        }
      }
      case "size" -> listener.onSize(Long.parseLong(argument));
      case "read" -> throw new IOException("read " + Files.readAllBytes(Path.of(argument)).length);
      case "list" -> {
        try (var entries = Files.list(Path.of(argument))) {
          throw new IOException("found " + entries.count());
        }
      }
      case "write" -> Files.writeString(Path.of(argument), "was here");
      case "delete" -> Files.delete(Path.of(argument));
      case "execute" ->
          throw new IOException("ran " + new ProcessBuilder(argument).start().waitFor());
      case "function" -> call(argument.split(" "));
      default -> throw new IllegalArgumentException(what);
    }
  }

  /** A function of the C library, and integers that it takes. */
  @SuppressWarnings("restricted")
  private static void call(String... words) throws Throwable {
    long[] numbers = Arrays.stream(words, 1, words.length).mapToLong(Long::parseLong).toArray();
    MemoryLayout[] types = new MemoryLayout[numbers.length];
    Arrays.fill(types, JAVA_LONG);
    var function =
        Linker.nativeLinker()
            .downcallHandle(
                Linker.nativeLinker().defaultLookup().findOrThrow(words[0]),
                FunctionDescriptor.of(JAVA_INT, types),
                Linker.Option.captureCallState("errno"));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Linker.Option.captureStateLayout());
      List<Object> arguments = new ArrayList<>(List.of(errno));
      Arrays.stream(numbers).forEach(arguments::add);
      int result = (int) function.invokeWithArguments(arguments);
      throw new IOException(
          result == -1 ? "refused with error " + errno.get(JAVA_INT, 0) : "gives " + result);
    }
  }
}
