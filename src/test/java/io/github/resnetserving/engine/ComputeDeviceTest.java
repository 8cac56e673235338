package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.engine.NvidiaDriver.Gpus;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.plan.Target;
import io.github.resnetserving.tensor.Precision;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which device a setting means, on machines that are not there. */
class ComputeDeviceTest {

  private static final Machine NONE =
      new Machine(
          () -> Gpus.none("there is no NVIDIA driver (libcuda.so.1)"), ComputeDeviceTest::never);
  private static final Machine TWO = new Machine(() -> Gpus.of("Big", "Small"), () -> true);
  private static final Machine WITHOUT_CUDA = new Machine(() -> Gpus.of("Big"), () -> false);

  @Test
  void autoIsTheFirstGpu() throws Exception {
    assertThat(TWO.choose(ComputeDevice.Setting.AUTO))
        .isEqualTo(new ComputeDevice(Target.GPU, 0, "Big"));
  }

  @Test
  void autoIsTheProcessorWhereThereIsNoGpu() throws Exception {
    assertThat(NONE.choose(ComputeDevice.Setting.AUTO)).isEqualTo(ComputeDevice.CPU);
  }

  @Test
  void autoIsTheProcessorWhereTheEngineKnowsNoCuda() throws Exception {
    assertThat(WITHOUT_CUDA.choose(ComputeDevice.Setting.AUTO)).isEqualTo(ComputeDevice.CPU);
  }

  @Test
  void whoAsksForTheProcessorGetsItWithoutAnyLooking() throws Exception {
    Machine untouched =
        new Machine(
            () -> {
              throw new AssertionError("nobody wants a GPU");
            },
            ComputeDeviceTest::never);

    assertThat(untouched.choose(new ComputeDevice.Setting("cpu"))).isEqualTo(ComputeDevice.CPU);
  }

  @Test
  void aGpuIsFoundByItsNumber() throws Exception {
    assertThat(TWO.choose(new ComputeDevice.Setting("gpu:1")))
        .isEqualTo(new ComputeDevice(Target.GPU, 1, "Small"));
  }

  @Test
  void aGpuWhereThereIsNoneIsRefused() {
    assertThatThrownBy(() -> NONE.choose(new ComputeDevice.Setting("gpu:0")))
        .isInstanceOf(EngineException.class)
        .hasMessage(
            "gpu:0 was asked for, but there is no NVIDIA driver (libcuda.so.1): take auto or cpu,"
                + " or run where a GPU is; a container must be given it, as docker run --gpus"
                + " does");
  }

  @Test
  void aGpuBeyondTheLastIsRefused() {
    assertThatThrownBy(() -> TWO.choose(new ComputeDevice.Setting("gpu:2")))
        .isInstanceOf(EngineException.class)
        .hasMessage(
            "gpu:2 was asked for, but there is only gpu:0 (Big), gpu:1 (Small): take one of these,"
                + " auto or cpu");
  }

  @Test
  void aGpuThatTheEngineCannotUseIsRefused() {
    assertThatThrownBy(() -> WITHOUT_CUDA.choose(new ComputeDevice.Setting("gpu:0")))
        .isInstanceOf(EngineException.class)
        .hasMessage(
            "gpu:0 was asked for and is there (Big), but the native engine is the one for"
                + " processors: point PYTORCH_LIBRARY_PATH to the libraries of a PyTorch with CUDA"
                + " and set PYTORCH_FLAVOR=cu128, or take cpu");
  }

  @Test
  void aDriverThatIsNotThereHasNoGpu() {
    assertThat(NvidiaDriver.gpus("libnosuchdriver.so.1"))
        .isEqualTo(Gpus.none("there is no NVIDIA driver (libnosuchdriver.so.1)"));
  }

  @Test
  void aLibraryThatIsNoDriverHasNoGpu() {
    assertThat(NvidiaDriver.gpus(System.mapLibraryName("m").replace("libm.so", "libm.so.6")))
        .isEqualTo(Gpus.none("the NVIDIA driver has no cuInit"));
  }

  @ParameterizedTest
  @CsvSource({"auto, auto", "CPU, cpu", " gpu:0, gpu:0", "GPU:12, gpu:12"})
  void settingsAreSpeltInAnyCase(String text, String id) {
    assertThat(new ComputeDevice.Setting(text)).hasToString(id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "gpu", "gpu:", "gpu:-1", "gpu:a", "cuda:0", "tpu"})
  void otherSettingsAreRefused(String text) {
    assertThatThrownBy(() -> new ComputeDevice.Setting(text))
        .hasMessage("\"%s\" is no device: take auto, cpu, or gpu:N, such as gpu:0".formatted(text));
  }

  @Test
  void aGpuHasOneWorker() {
    EngineOptions two = new EngineOptions(2, 8, null).withWorkers(2);

    assertThat(two.on(ComputeDevice.CPU).workers()).isEqualTo(2);
    assertThat(two.on(gpu()).workers()).isEqualTo(1);
    assertThatThrownBy(() -> two.on(gpu()).withWorkers(2))
        .hasMessage("workers is 2: gpu:0 has one");
  }

  @Test
  void autoMeansFloat16OnAGpuWhateverTheProcessorCanDo() {
    EngineOptions auto = new EngineOptions(2, 8, null).in(PrecisionSetting.AUTO).on(gpu());

    assertThat(auto.candidates(new ProcessorFeatures(Set.of("avx512_bf16")), /* direct= */ true))
        .extracting(PlanVariant::id)
        .containsExactly("fused-fp32", "plain-fp32", "fused-fp16");
  }

  @Test
  void directPlansCompeteOnProcessorsWhereThereAreSome() {
    ProcessorFeatures processor = new ProcessorFeatures(Set.of("avx512_bf16", "avx512_vnni"));
    EngineOptions options = new EngineOptions(2, 8, null);

    assertThat(options.in(PrecisionSetting.AUTO).candidates(processor, /* direct= */ true))
        .extracting(PlanVariant::id)
        .containsExactly("fused-fp32", "direct-fp32", "fused-bf16", "direct-bf16");
    assertThat(options.in(PrecisionSetting.INT8).candidates(processor, /* direct= */ true))
        .extracting(PlanVariant::id)
        .containsExactly("fused-int8", "direct-int8");
    assertThat(options.in(PrecisionSetting.FP32).candidates(processor, /* direct= */ false))
        .extracting(PlanVariant::id)
        .containsExactly("fused-fp32", "plain-fp32");
    assertThat(options.in(PrecisionSetting.INT8).candidates(processor, /* direct= */ false))
        .extracting(PlanVariant::id)
        .containsExactly("fused-int8");
  }

  @Test
  void aPlanThatIsAskedForIsTriedWhereItExists() throws Exception {
    ProcessorFeatures processor = new ProcessorFeatures(Set.of("avx512_bf16", "avx512_vnni"));
    EngineOptions plain = new EngineOptions(2, 8, PlanKind.PLAIN);

    assertThat(plain.in(PrecisionSetting.AUTO).candidates(processor, /* direct= */ true))
        .extracting(PlanVariant::id)
        .containsExactly("plain-fp32");
    plain.in(PrecisionSetting.AUTO).check();
    assertThatThrownBy(plain.in(PrecisionSetting.INT8)::check)
        .isInstanceOf(EngineException.class)
        .hasMessage("there is no plain plan in int8: take the fused plan, or fp32");
  }

  @Test
  void aDirectPlanIsRefusedOnAGpu() {
    EngineOptions options = new EngineOptions(2, 8, PlanKind.DIRECT).on(gpu());

    assertThatThrownBy(options::check)
        .isInstanceOf(EngineException.class)
        .hasMessage(
            "direct plans are for processors, and networks are computed on gpu:0: take the fused"
                + " plan, or the device cpu");
  }

  @ParameterizedTest
  @CsvSource({
    "FP16, CPU, 'fp16 is for GPUs, and networks are computed on cpu: take auto, fp32, bf16 or int8,"
        + " or the device gpu:0 where there is one'",
    "BF16, GPU, 'bf16 is for processors, and networks are computed on gpu:0: take auto, fp32 or"
        + " fp16, or the device cpu'",
    "INT8, GPU, 'int8 is for processors, and networks are computed on gpu:0: take auto, fp32 or"
        + " fp16, or the device cpu'",
  })
  void precisionsOfTheOtherDeviceAreRefused(Precision precision, Target target, String message) {
    EngineOptions options =
        new EngineOptions(2, 8, null)
            .in(precision)
            .on(target == Target.GPU ? gpu() : ComputeDevice.CPU);

    assertThatThrownBy(options::check).isInstanceOf(EngineException.class).hasMessage(message);
    assertThatThrownBy(() -> new EngineLoader().load(Unopened.INSTANCE, options))
        .hasMessage(message);
  }

  /**
   * A machine that is not there.
   *
   * @param cudaEngine whether the native engine can use a GPU that is there
   */
  private record Machine(Supplier<Gpus> gpus, BooleanSupplier cudaEngine) {

    ComputeDevice choose(ComputeDevice.Setting setting) throws EngineException {
      return setting.choose(gpus, cudaEngine);
    }
  }

  private static ComputeDevice gpu() {
    return new ComputeDevice(Target.GPU, 0, "Big");
  }

  private static boolean never() {
    throw new AssertionError("the engine is not to be loaded for this");
  }
}
