package io.github.resnetserving.plan.onednn;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.engine.NativeRuntime;
import io.github.resnetserving.graph.Step.Linear.Function;
import io.github.resnetserving.tensor.DType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OneDnnTest {

  @TempDir private Path folder;

  private static OneDnn oneDnn() {
    assumeTrue(
        NativeRuntime.hasOneDnn(), "skipped: direct plans are for libtorch on x86-64 under Linux");
    return OneDnn.find("libtorch_cpu.so").orElseThrow();
  }

  @Test
  void libtorchCarriesTheVersionThatItSays() {
    assertThat(oneDnn().version()).isEqualTo("3.7.1");
  }

  @Test
  void aLibraryThatIsNotLoadedOrHasNoneIsNotFound() {
    assertThat(OneDnn.find("libnothing.so")).isEmpty();
    assertThat(OneDnn.find("libc.so.6")).isEmpty();
  }

  @Test
  void aFileWithoutSymbolsIsRefused() throws Exception {
    Path text = Files.writeString(folder.resolve("text.so"), "not an ELF file at all".repeat(9));
    Path cut = Files.write(folder.resolve("cut.so"), new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});

    assertThatThrownBy(() -> SymbolTable.functions(text, "dnnl_"))
        .isInstanceOf(IOException.class)
        .hasMessage("not a 64-bit little-endian ELF file");
    assertThatThrownBy(() -> SymbolTable.functions(cut, "dnnl_"))
        .isInstanceOf(IOException.class)
        .hasMessage("%s is cut off", cut);
  }

  /** 2x2 images of one channel; the kernel takes the pixel itself. */
  @Test
  void aConvolutionAddsItsBiasAndWhatWasThereAndCutsOffBelowZero() {
    try (Session session = oneDnn().open()) {
      Descriptor map = session.channelsLast(DType.F32, 1, 1, 2);
      Descriptor plain = session.rowMajor(DType.F32, 1, 1, 1, 1);
      Descriptor bias = session.rowMajor(DType.F32, 1);
      Primitive primitive =
          session.convolution(
              map,
              session.anyLayout(DType.F32, 1, 1, 1, 1),
              bias,
              map,
              /* stride= */ 1,
              /* padding= */ 0,
              new Epilogue(Epilogue.Addend.REAL, /* relu= */ true, false, false),
              /* grouped= */ false);
      MemorySegment weight = session.allocate(primitive.weights().bytes());
      session.copy(plain, floats(session, 2), primitive.weights(), weight);
      MemorySegment output = floats(session, 10, 10, 10, -100);

      run(
          session,
          primitive,
          new Operand(Role.SOURCE, map, floats(session, 1, 2, 3, 4)),
          new Operand(Role.WEIGHTS, primitive.weights(), weight),
          new Operand(Role.BIAS, bias, floats(session, 0.5f)),
          new Operand(Role.DESTINATION, map, output));

      assertThat(output.asSlice(0, 16).toArray(JAVA_FLOAT))
          .containsExactly(12.5f, 14.5f, 16.5f, 0f);
    }
  }

  /** Two channels of 2x2 pixels in bytes, a step of which is half. */
  @Test
  void bytesBecomeRealNumbersWhoseMeanIsTakenForEachChannel() {
    try (Session session = oneDnn().open()) {
      Descriptor bytes = session.channelsLast(DType.U8, 1, 2, 2);
      Descriptor map = session.channelsLast(DType.F32, 1, 2, 2);
      Descriptor means = session.channelsLast(DType.F32, 1, 2, 1);
      Descriptor one = session.rowMajor(DType.F32, 1);
      MemorySegment real = session.allocate(map.bytes());
      MemorySegment mean = session.allocate(means.bytes());

      run(
          session,
          session.scaledReorder(bytes, map),
          new Operand(
              Role.SOURCE,
              bytes,
              session
                  .allocate(8)
                  .copyFrom(MemorySegment.ofArray(new byte[] {1, -1, 2, 0, 3, 0, 4, 0}))),
          new Operand(Role.DESTINATION, map, real),
          new Operand(Role.SOURCE_SCALE, one, floats(session, 0.5f)));
      run(
          session,
          session.globalAveragePool(map, means, /* side= */ 2),
          new Operand(Role.SOURCE, map, real),
          new Operand(Role.DESTINATION, means, mean));

      assertThat(mean.toArray(JAVA_FLOAT)).containsExactly(1.25f, 255 / 8f);
    }
  }

  private static void run(Session session, Primitive primitive, Operand... operands) {
    List<Operand> all = new ArrayList<>(List.of(operands));
    MemorySegment scratchpad = session.allocate(primitive.scratchpad().bytes());
    all.add(new Operand(Role.SCRATCHPAD, primitive.scratchpad(), scratchpad));
    session.call(primitive, all).run();
  }

  @Test
  void whatDoesNotFitIsRefusedByName() {
    try (Session session = oneDnn().open()) {
      Descriptor features = session.rowMajor(DType.F32, 1, 3);
      assertThatThrownBy(() ->
              session.innerProduct(
                  features,
                  session.anyLayout(DType.F32, 2, 4),
                  session.rowMajor(DType.F32, 2),
                  session.rowMajor(DType.F32, 1, 2),
                  Function.IDENTITY))
          .isInstanceOf(OneDnnException.class)
          .hasMessage("dnnl_inner_product_forward_primitive_desc_create gave invalid arguments");
    }
  }

  private static MemorySegment floats(Session session, float... values) {
    return session.allocate(4L * values.length).copyFrom(MemorySegment.ofArray(values));
  }
}
