package io.github.resnetserving.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.github.resnetserving.image.DecodeBuffers.Scratch;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** Memory that one image after the other is prepared in. */
class DecodeBuffersTest {

  @Test
  void everyImageIsTheSameAfterAnyOther() throws Exception {
    for (boolean portable : new boolean[] {false, true}) {
      ImagePipeline used = pipeline(portable);
      Random random = new Random(5);
      List<String> names = Fixtures.images();
      Map<String, byte[]> alone = new HashMap<>();
      for (String name : names) {
        alone.put(name, crop(pipeline(portable), name).rgb());
      }
      for (int round = 0; round < 300; round++) {
        String name = names.get(random.nextInt(names.size()));
        if (round % 3 == 0) {
          fail(used, Fixtures.read(name)); // what a failure leaves behind is overwritten as well
        }
        assertThat(crop(used, name).rgb()).as(name).isEqualTo(alone.get(name));
      }
    }
  }

  @Test
  void threadsNeverShareOne() throws Exception {
    ImagePipeline shared = pipeline(/* portable= */ false);
    List<String> names = Fixtures.images();
    Map<String, byte[]> alone = new HashMap<>();
    for (String name : names) {
      alone.put(name, crop(pipeline(/* portable= */ false), name).rgb());
    }
    int threads = 4; // more than are kept on a machine of two processors
    CountDownLatch together = new CountDownLatch(threads);
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> running = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        Random random = new Random(thread);
        running.add(
            pool.submit(() -> {
              together.countDown();
              together.await();
              for (int round = 0; round < 200; round++) {
                String name = names.get(random.nextInt(names.size()));
                assertThat(crop(shared, name).rgb()).as(name).isEqualTo(alone.get(name));
              }
              return null;
            }));
      }
      for (Future<?> future : running) {
        future.get();
      }
    }
  }

  @Test
  void aLentWorkspaceIsNobodyElses() {
    DecodeBuffers.Pool workspaces = new DecodeBuffers.Pool(/* kept= */ 1);
    DecodeBuffers first = workspaces.borrow();
    DecodeBuffers second = workspaces.borrow();
    assertThat(second).isNotSameAs(first);
    workspaces.giveBack(second);
    workspaces.giveBack(first); // one too many
    assertThat(workspaces.borrow()).isSameAs(second);
    assertThat(workspaces.borrow()).isNotIn(first, second);
  }

  @Test
  void memoryIsUsedAgainUpToABoundAndBeyondItFreed() {
    DecodeBuffers workspace = new DecodeBuffers();
    MemorySegment small = workspace.samples(1_000);
    assertThat(small.byteSize()).isEqualTo(1_000);
    workspace.release();
    assertThat(workspace.samples(60_000).address()).isEqualTo(small.address());
    assertThat(workspace.heldBytes()).isEqualTo(1 << 16);

    MemorySegment huge = workspace.samples(DecodeBuffers.KEPT + 1L);
    assertThat(huge.byteSize()).isEqualTo(DecodeBuffers.KEPT + 1L);
    assertThat(workspace.file(new byte[DecodeBuffers.KEPT + 1]).scope().isAlive()).isTrue();
    workspace.release();
    assertThat(huge.scope().isAlive()).isFalse();
    assertThat(workspace.heldBytes()).isEqualTo(1 << 16);

    workspace.samples(DecodeBuffers.KEPT);
    workspace.file(new byte[DecodeBuffers.KEPT]);
    assertThat(workspace.heldBytes()).isEqualTo(2L * DecodeBuffers.KEPT);
  }

  @Test
  void aFileIsCopiedToNativeMemoryWhole() {
    DecodeBuffers workspace = new DecodeBuffers();
    workspace.file(new byte[] {9, 9, 9});
    assertThat(workspace.file(new byte[] {1, 2}).toArray(ValueLayout.JAVA_BYTE))
        .containsExactly(1, 2);
  }

  @Test
  void scratchIsUsedAgainUpToABound() {
    Scratch scratch = new Scratch();
    byte[] ten = scratch.atLeast(10);
    assertThat(scratch.atLeast(7)).isSameAs(ten);
    byte[] huge = scratch.atLeast(Scratch.KEPT + 1);
    assertThat(scratch.atLeast(10)).isSameAs(ten);
    assertThat(scratch.atLeast(Scratch.KEPT + 1)).isNotSameAs(huge);
  }

  /** The crop is 150,528 bytes, and the image 6.2 million. */
  @Test
  void aLargeImageLeavesLittleMoreThanItsCropToTheCollector() throws Exception {
    assumeTrue(TurboJpeg.find().isPresent(), "no libjpeg-turbo on this machine");
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    ImagePipeline pipeline = pipeline(/* portable= */ false);
    for (String format : List.of("jpg", "png")) {
      byte[] encoded = encoded(1920, 1080, format);
      var _ = pipeline.prepare(encoded, Preprocessing.TORCHVISION_V1);
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 10; i++) {
        var _ = pipeline.prepare(encoded, Preprocessing.TORCHVISION_V1);
      }
      long each = (threads.getCurrentThreadAllocatedBytes() - before) / 10;
      assertThat(each).as(format).isBetween(150_528L, 600_000L);
    }
  }

  private static ImagePipeline pipeline(boolean portable) {
    return new ImagePipeline(
        DecodePolicy.DEFAULT, portable ? Decoders.portable() : Decoders.fastest());
  }

  private static Pixels crop(ImagePipeline pipeline, String name) throws Exception {
    return pipeline.prepare(Fixtures.read(name), Preprocessing.CIFAR).crop();
  }

  private static void fail(ImagePipeline pipeline, byte[] encoded) {
    encoded[encoded.length / 2] ^= 0x55;
    try {
      var _ = pipeline.prepare(encoded, Preprocessing.CIFAR);
    } catch (ImageException e) {
      assertThat(e).hasMessageContaining(".");
    }
  }

  private static byte[] encoded(int width, int height, String format) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), format, bytes);
    return bytes.toByteArray();
  }
}
