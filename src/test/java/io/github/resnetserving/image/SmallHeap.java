package io.github.resnetserving.image;

import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.CropMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;

/**
 * A program that prepares the images of a folder on two threads, as a server does with the heap
 * that this program was given: pixels in flight are a sixteenth of it.
 */
final class SmallHeap {

  private SmallHeap() {}

  /** Takes the folder; prints how many images were prepared and how many refused. */
  public static void main(String[] arguments) throws Exception {
    List<Path> files = files(Path.of(arguments[0]));
    int room = (int) (Runtime.getRuntime().maxMemory() / 16);
    Semaphore pixels = new Semaphore(room, /* fair= */ true);
    ImagePipeline pipeline = new ImagePipeline(new DecodePolicy(room, Background.WHITE));
    List<Path> backwards = new ArrayList<>(files);
    Collections.reverse(backwards);
    int prepared = 0;
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      List<Callable<Integer>> tasks =
          List.of(
              () -> prepare(files, pipeline, pixels, room),
              () -> prepare(backwards, pipeline, pixels, room));
      for (Future<Integer> task : threads.invokeAll(tasks)) {
        prepared += task.get();
      }
    }
    System.out.printf("%d prepared, %d refused%n", prepared, 2 * files.size() - prepared);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  private static int prepare(List<Path> files, ImagePipeline pipeline, Semaphore pixels, int room)
      throws IOException {
    int prepared = 0;
    for (Path file : files) {
      Room held = new Room(pixels, room);
      try {
        var _ =
            pipeline.prepare(
                Files.readAllBytes(file),
                Preprocessing.TORCHVISION_V1,
                CropMode.CENTER_WITH_IMAGE,
                held);
        prepared++;
      } catch (ImageException e) {
        if (e.getMessage() == null) {
          throw new AssertionError(file + " is refused without a reason", e);
        }
      } finally {
        held.release();
      }
    }
    return prepared;
  }

  /** What one image holds of the pixels in flight. */
  private static final class Room implements PreparationListener {

    private final Semaphore pixels;
    private final int most;
    private int held;

    Room(Semaphore pixels, int most) {
      this.pixels = pixels;
      this.most = most;
    }

    @Override
    public void onSize(long claimed) {
      int wanted = (int) Math.min(claimed, most);
      if (wanted > held) {
        release();
        pixels.acquireUninterruptibly(wanted);
        held = wanted;
      }
    }

    void release() {
      pixels.release(held);
      held = 0;
    }
  }
}
