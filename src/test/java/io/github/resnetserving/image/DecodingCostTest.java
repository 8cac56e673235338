package io.github.resnetserving.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.CropMode;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What images made to cost much do cost: in heap, in native memory, and in looks at the clock. */
class DecodingCostTest {

  /** What any image may allocate: weights, tables, scratch arrays of 2 MiB, and a preview. */
  private static final long FOR_ANY = 24_000_000;

  /** For each byte or pixel, whichever there are more of. */
  private static final int FOR_EACH = 8;

  private final ImagePipeline pipeline = new ImagePipeline(DecodePolicy.DEFAULT);

  /** Looks at the clock, and pixels at most that room was asked for. */
  private static final class Counter implements PreparationListener {

    private long looks;
    private long size;

    @Override
    public void onSize(long pixels) {
      size = Math.max(size, pixels);
    }

    @Override
    public long onProgress() {
      looks++;
      return 0;
    }
  }

  private record Cost(long size, long allocated, long looks) {}

  static Set<String> generators() {
    return HostileImages.all().keySet();
  }

  static List<String> generatorsForOurDecoders() {
    return generators().stream()
        .filter(name -> !name.startsWith("jpeg ") && !name.startsWith("webp "))
        .filter(name -> !name.equals("png data beyond the image")) // of which nothing is read
        .filter(name -> !name.equals("gif frames after the first"))
        .filter(name -> !name.equals("png large keys") && !name.equals("png large palettes"))
        .toList();
  }

  private static byte[] image(String generator, int size) throws Exception {
    return Objects.requireNonNull(HostileImages.all().get(generator)).of(size);
  }

  private Cost cost(byte[] file) throws ImageException {
    Counter counter = new Counter();
    long before = allocated();
    var _ =
        pipeline.prepare(file, Preprocessing.TORCHVISION_V1, CropMode.CENTER_WITH_IMAGE, counter);
    long size = Math.max(file.length, counter.size);
    return new Cost(size, allocated() - before, counter.looks);
  }

  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }

  @ParameterizedTest
  @MethodSource("generators")
  void anImageCostsInProportionToItsBytesOrPixels(String generator) throws Exception {
    Cost small = cost(image(generator, 500_000));
    Cost large = cost(image(generator, 2_000_000));
    for (Cost cost : List.of(small, large)) {
      assertThat(cost.allocated).isLessThan(FOR_ANY + FOR_EACH * cost.size);
      assertThat(cost.looks).isLessThan(50 + 4 * cost.size / DecodeRules.STRETCH);
    }
    assertThat(large.looks).isLessThanOrEqualTo(50 + 4 * small.looks);
    assertThat(large.allocated).isLessThan(2_000_000 + 5 * small.allocated);
  }

  /** The deadline is looked at again within so much work, so it ends any of our loops. */
  @ParameterizedTest
  @MethodSource("generatorsForOurDecoders")
  void anImageThatNobodyWaitsForIsGivenUpInTheMiddle(String generator) throws Exception {
    byte[] file = image(generator, 2_000_000);
    PreparationListener until =
        new PreparationListener() {
          private int looks;

          @Override
          public long onProgress() {
            if (++looks == 3) {
              throw new CancellationException("the deadline passed");
            }
            return 0;
          }

          @Override
          public void onDecoded() {
            throw new AssertionError("it was decoded to its end");
          }
        };
    assertThatThrownBy(() -> pipeline.prepare(file, Preprocessing.CIFAR, CropMode.CENTER, until))
        .isInstanceOf(CancellationException.class);
  }

  @ParameterizedTest
  @MethodSource("generatorsForOurDecoders")
  void anImageThatTakesLongerThanItsSizeExplainsIsTooCostly(String generator) throws Exception {
    byte[] file = image(generator, 2_000_000);
    PreparationListener slow = progress(/* seconds= */ 10);
    assertThatThrownBy(() -> pipeline.prepare(file, Preprocessing.CIFAR, CropMode.CENTER, slow))
        .isExactlyInstanceOf(ImageException.TooCostly.class)
        .hasMessage(
            "Decoding the image takes longer than an image of its size may take."
                + " Convert it to JPEG or PNG with an image editor and send that.");
    PreparationListener notSlow = progress(/* seconds= */ 4);
    assertThat(pipeline.prepare(file, Preprocessing.CIFAR, CropMode.CENTER, notSlow).crops())
        .hasSize(1);
  }

  private static PreparationListener progress(int seconds) {
    return new PreparationListener() {
      @Override
      public long onProgress() {
        return seconds * 1_000_000_000L;
      }
    };
  }

  /** Native memory and the larger arrays: all that grows with the image is asked for before. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "gif solid frame",
        "gif giant screen",
        "png solid",
        "png interlaced",
        "png row",
        "jpeg gray",
        "jpeg scans",
        "jpeg comments",
        "webp solid",
        "webp chunks",
        "webp giant canvas",
        "webp wide canvas"
      })
  void roomIsAskedForAllMemoryOfAnImage(String generator) throws Exception {
    byte[] file = image(generator, 9_000_000); // more than a workspace keeps
    Counter counter = new Counter();
    DecodeBuffers workspace = new DecodeBuffers();
    DecodeRules rules =
        new DecodeRules(DecodePolicy.DEFAULT, file.length, Integer.MAX_VALUE, counter);
    long before = allocated();
    var _ = Decoders.fastest().of(ImageFormat.of(file)).decode(file, rules, workspace);
    long held = allocated() - before + workspace.heldBytes();
    workspace.release();
    assertThat(held).isLessThan(1_000_000 + counter.size * DecodeRules.BYTES_PER_PIXEL);
  }

  @Test
  void aJpegThatGoesOverItsImageTooOftenIsTooCostly() throws Exception {
    assertThat(pipeline.decode(HostileImages.progressive(64, 64, 3, 37, 0)).rgb()).isNotEmpty();
    for (int components : new int[] {1, 3}) {
      for (int side : new int[] {8, 64, 2_000}) {
        byte[] file = HostileImages.progressive(side, side, components, 41 - components, 0);
        assertThatThrownBy(() -> pipeline.decode(file))
            .isExactlyInstanceOf(ImageException.TooCostly.class)
            .hasMessageContaining("scans go over it more than 40 times");
      }
    }
  }

  /** Their headers are followed by next to nothing. */
  @Test
  void pixelsThatTheDataCannotHoldAreRefusedBeforeThereIsRoomForThem() throws Exception {
    int side = 7_000;
    List<byte[]> claims = new ArrayList<>();
    claims.add(HostileImages.png(side, side, 8, 2, 0, HostileImages.chunk("IDAT", new byte[40])));
    claims.add(HostileImages.png(side, side, 1, 0, 1, HostileImages.chunk("IDAT", new byte[40])));
    claims.add(HostileImages.png(side, side, 16, 6, 0));
    byte[] gif = image("gif giant screen", 1);
    System.arraycopy(HostileImages.bytes(0x58, 0x1b, 0x58, 0x1b), 0, gif, 30, 4);
    claims.add(gif);
    byte[] baseline = HostileImages.baseline(8, 8, new byte[0]);
    claims.add(claiming(baseline, 0xc0, 65_500, 700));
    claims.add(claiming(baseline, 0xc0, 700, 65_500));
    byte[] progressive = HostileImages.progressive(8, 8, 3, 3, 0);
    claims.add(claiming(progressive, 0xc2, side, side));
    for (byte[] file : claims) {
      long before = allocated();
      assertThatThrownBy(() -> pipeline.decode(file))
          .isExactlyInstanceOf(ImageException.Unreadable.class)
          .hasNoCause();
      assertThat(allocated() - before).isLessThan(500_000);
    }
  }

  /** Another size in a JPEG's frame header. */
  private static byte[] claiming(byte[] jpeg, int marker, int width, int height) {
    byte[] claiming = jpeg.clone();
    for (int i = 0; i < jpeg.length; i++) {
      if ((jpeg[i] & 0xff) == 0xff && (jpeg[i + 1] & 0xff) == marker) {
        claiming[i + 5] = (byte) (height >> 8);
        claiming[i + 6] = (byte) height;
        claiming[i + 7] = (byte) (width >> 8);
        claiming[i + 8] = (byte) width;
        return claiming;
      }
    }
    throw new IllegalArgumentException("the file has no such frame");
  }

  @Test
  void aSideHasABoundOfItsOwn() throws Exception {
    assertThat(pipeline.decode(HostileImages.solidPng(1_000_000, 1, 1, 0, 0)).width())
        .isEqualTo(1_000_000);
    assertThatThrownBy(() -> pipeline.decode(HostileImages.solidPng(1_000_001, 1, 1, 0, 0)))
        .isExactlyInstanceOf(ImageException.TooManyPixels.class)
        .hasMessage(
            "The image claims 1000001 x 1 pixels; a side has at most 1000000 pixels."
                + " Send a smaller version.");
  }

  @Test
  void aHeightThatStandsBehindThePixelsIsNotRead() {
    byte[] jpeg = claiming(HostileImages.baseline(8, 8, new byte[0]), 0xc0, 8, 0);
    assertThatThrownBy(() -> pipeline.decode(jpeg))
        .isExactlyInstanceOf(ImageException.Unsupported.class)
        .hasMessageContaining("DNL");
  }
}
