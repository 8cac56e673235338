package io.github.resnetserving.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.models.Preprocessing.Interpolation;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreprocessingTest {

  @Test
  void theIdTellsGeometryAndStatistics() {
    assertThat(Preprocessing.TORCHVISION_V2.id()).isEqualTo("resize232-bilinear-crop224");
    assertThat(Preprocessing.CIFAR.id()).matches("resize32-bilinear-crop32-norm[0-9a-f]{8}");
    Normalization other =
        new Normalization(List.of(0.5, 0.5, 0.5), Preprocessing.CIFAR.normalization().std());
    assertThat(new Preprocessing(32, Interpolation.BILINEAR, 32, other).id())
        .isNotEqualTo(Preprocessing.CIFAR.id());
  }

  @Test
  void aCropLargerThanTheResizeIsRefused() {
    assertThatThrownBy(
            () -> new Preprocessing(32, Interpolation.BILINEAR, 33, Normalization.CIFAR10))
        .hasMessage("crop is 33: it must be between 1 and resize, which is 32");
  }

  @Test
  void aDeviationOfNothingIsRefused() {
    assertThatThrownBy(() -> new Normalization(List.of(0., 0., 0.), List.of(1., 0., 1.)))
        .hasMessage("std is [1.0, 0.0, 1.0]: each must be positive");
  }
}
