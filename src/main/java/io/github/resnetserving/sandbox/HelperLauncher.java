package io.github.resnetserving.sandbox;

import io.github.resnetserving.sandbox.HelperPool.HelperStarter;
import io.github.resnetserving.sandbox.LinuxKernel.KernelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Starts helpers from a thread of its own. On Linux that thread first restricts itself, and each
 * process that it starts inherits its restrictions from birth, in all of its threads: no new
 * privileges, Landlock, a lower priority. The thread lives as long as this object: Linux takes it
 * for the parent, with which helpers end. Thread-safe.
 *
 * <p>Whatever thread a restricted thread makes is restricted, too. The JDK makes the threads that
 * wait for processes so. Neither kind may wake work of the service in a pool that makes threads
 * when it is woken: therefore platform threads alone start helpers and wait for them, and nobody
 * uses {@code onExit}, which answers in the common pool.
 */
final class HelperLauncher implements HelperStarter {

  // asm-generic/resource.h
  private static final int LIMIT_FILE_SIZE = 1;
  private static final int LIMIT_CORE = 4;
  private static final int LIMIT_DESCRIPTORS = 7;
  private static final int LIMIT_ADDRESS_SPACE = 9;

  private static final int MOST_DESCRIPTORS = 64;
  private static final long MIB = 1 << 20;

  private final HelperCommand command;
  private final Map<String, String> environment = HelperCommand.environment(System.getenv());
  private final Optional<LinuxKernel> linux = LinuxKernel.find();
  private final ExecutorService starter =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("sandbox-start").factory());
  private final int nice;
  private final List<String> inherited = new ArrayList<>(); // written before the first start
  private boolean restricted; // used by the thread alone

  /**
   * @param nice how far helpers stand back behind other processes, 0 to 19
   */
  HelperLauncher(HelperCommand command, int nice) {
    this.command = command;
    this.nice = nice;
  }

  private Process startOnThread(ProcessBuilder builder) throws IOException {
    if (!restricted) {
      restricted = true;
      linux.ifPresent(this::restrictThread);
    }
    return builder.start();
  }

  private void restrictThread(LinuxKernel kernel) {
    try {
      kernel.forbidNewPrivileges();
      Landlock landlock = Landlock.of(kernel);
      landlock.restrictThread(command.readable(environment));
      inherited.add("Landlock %d".formatted(landlock.version()));
    } catch (KernelException e) {
      inherited.add("no Landlock (%s)".formatted(e.getMessage()));
    }
    if (nice > 0) {
      try {
        kernel.lowerPriority(nice);
        inherited.add("nice %d".formatted(nice));
      } catch (KernelException e) {
        inherited.add("not nice (%s)".formatted(e.getMessage()));
      }
    }
  }

  @Override
  public Process start() throws IOException, InterruptedException {
    if (Thread.currentThread().isVirtual()) {
      throw new IllegalStateException("a virtual thread would be woken by a restricted one");
    }
    ProcessBuilder builder = new ProcessBuilder(command.words());
    builder.directory(command.folder().toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    try {
      Process process = starter.submit(() -> startOnThread(builder)).get();
      preferOverService(process.pid());
      return process;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException cause -> throw cause;
        case null, default -> throw new IOException(e.getCause());
      }
    }
  }

  /** Where memory runs out the kernel is to kill the helper, not the service. */
  private static void preferOverService(long pid) {
    try {
      Files.writeString(Path.of("/proc", String.valueOf(pid), "oom_score_adj"), "1000");
    } catch (IOException e) {
      // Not Linux, or not allowed: then their sizes decide.
    }
  }

  @Override
  public String limit(long pid) {
    List<String> all = new ArrayList<>(inherited);
    if (linux.isPresent()) {
      LinuxKernel kernel = linux.get();
      try {
        long space = addressSpace(pid) + command.moreAddressSpace();
        kernel.limit(pid, LIMIT_ADDRESS_SPACE, space);
        kernel.limit(pid, LIMIT_DESCRIPTORS, MOST_DESCRIPTORS);
        kernel.limit(pid, LIMIT_FILE_SIZE, 0);
        kernel.limit(pid, LIMIT_CORE, 0);
        all.add("%d MiB of address space".formatted(space / MIB));
        all.add("%d descriptors".formatted(MOST_DESCRIPTORS));
      } catch (KernelException | UncheckedIOException e) {
        all.add("no limits (%s)".formatted(e.getMessage()));
      }
    }
    return String.join(", ", all);
  }

  private static long addressSpace(long pid) {
    Path status = Path.of("/proc", String.valueOf(pid), "status");
    try {
      return Files.readAllLines(status).stream()
          .filter(line -> line.startsWith("VmSize:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst()
          .orElseThrow(() -> new UncheckedIOException(new IOException("no VmSize in " + status)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts nothing any more. Helpers that are still there end with the thread. */
  @Override
  public void close() {
    starter.shutdownNow();
  }
}
