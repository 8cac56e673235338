package io.github.resnetserving.models.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.download.ModelFetcher.PublishedModel;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names, addresses, proxies and waits. */
class SettingsTest {

  @Test
  void everyWeightSetOfTorchvisionHasAName() {
    List<PublishedModel> models = ModelFetcher.published();

    assertThat(models)
        .extracting(PublishedModel::name)
        .containsExactly(
            "resnet18",
            "resnet34",
            "resnet50-v1",
            "resnet50",
            "resnet101-v1",
            "resnet101",
            "resnet152-v1",
            "resnet152",
            "resnext50_32x4d-v1",
            "resnext50_32x4d",
            "resnext101_32x8d-v1",
            "resnext101_32x8d",
            "resnext101_64x4d",
            "wide_resnet50_2-v1",
            "wide_resnet50_2",
            "wide_resnet101_2-v1",
            "wide_resnet101_2");
    assertThat(models)
        .allMatch(model ->
            model
                .file()
                .equals(model.name().replaceFirst("-v1$", "") + "-" + model.sha256() + ".pth"));
    assertThat(models)
        .allMatch(model ->
            model
                .preprocessing()
                .equals(
                    // The 64x4d's first weights were trained by the later recipe.
                    model.weights().endsWith("V1") && !model.name().contains("64x4d")
                        ? Preprocessing.TORCHVISION_V1
                        : Preprocessing.TORCHVISION_V2));
  }

  @ParameterizedTest
  @CsvSource({
    "resnet50, resnet50-11ad3fa6.pth, resnet50",
    "resnet50-v2, resnet50-11ad3fa6.pth, resnet50",
    "resnet50-v1, resnet50-0676ba61.pth, resnet50-v1",
    "resnet18-v1, resnet18-f37072fd.pth, resnet18",
    "ResNet50_Weights.IMAGENET1K_V1, resnet50-0676ba61.pth, resnet50-v1",
    "ResNet50_Weights.DEFAULT, resnet50-11ad3fa6.pth, resnet50",
    "ResNet152_Weights.IMAGENET1K_V2, resnet152-f82ba261.pth, resnet152",
    "resnext50_32x4d, resnext50_32x4d-1a0047aa.pth, resnext50_32x4d",
    "resnext50_32x4d-v1, resnext50_32x4d-7cdf4587.pth, resnext50_32x4d-v1",
    "resnext101_64x4d-v1, resnext101_64x4d-173b62eb.pth, resnext101_64x4d",
    "ResNeXt101_32X8D_Weights.IMAGENET1K_V1, resnext101_32x8d-8ba56ff5.pth, resnext101_32x8d-v1",
    "Wide_ResNet50_2_Weights.DEFAULT, wide_resnet50_2-9ba9bcbe.pth, wide_resnet50_2"
  })
  void aNameLeadsToAFile(String name, String file, String modelName) {
    assertThat(TorchvisionCatalog.load().find(name))
        .hasValueSatisfying(model -> {
          assertThat(model.file()).isEqualTo(file);
          assertThat(model.name()).isEqualTo(modelName);
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "resnet18-v2",
        "resnet20",
        "ResNet34_Weights.IMAGENET1K_V2",
        "resnet",
        "resnext50"
      })
  void whatTorchvisionDoesNotPublishIsUnknown(String name) {
    assertThat(TorchvisionCatalog.load().find(name)).isEmpty();
  }

  @Test
  void theEnvironmentSaysWhereModelsComeFrom() {
    FetchSettings settings =
        FetchSettings.of(
            Map.of(
                "RESNET_MIRROR", "https://mirror.example/models/",
                "HF_ENDPOINT", "https://hub.example",
                "HF_TOKEN", " hf_x ",
                "RESNET_OFFLINE", "true"));

    assertThat(settings)
        .isEqualTo(
            new FetchSettings(
                URI.create("https://mirror.example/models/"),
                URI.create("https://hub.example"),
                "hf_x",
                true));
    assertThat(settings.toString()).doesNotContain("hf_x");
    assertThat(FetchSettings.of(Map.of("HF_TOKEN", "")))
        .isEqualTo(new FetchSettings(FetchSettings.TORCHVISION, FetchSettings.HUB, null, false));
  }

  @ParameterizedTest
  @CsvSource({
    "RESNET_MIRROR, ftp://x, begin with https",
    "HF_ENDPOINT, not an address, HF_ENDPOINT is",
    "HF_TOKEN, two words, HF_TOKEN holds blanks",
    "RESNET_OFFLINE, maybe, must be true or false"
  })
  void aSettingThatMeansNothingIsRefused(String name, String value, String message) {
    assertThatThrownBy(() -> FetchSettings.of(Map.of(name, value)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({
    "https://huggingface.co/x, proxy.example:3128",
    "http://huggingface.co/x, plain.example:80",
    "https://inside.example/x, DIRECT",
    "https://mirror.inside.example/x, DIRECT",
    "https://notinside.example/x, proxy.example:3128",
    "https://files.example:8443/x, DIRECT",
    "https://files.example/x, proxy.example:3128",
    "http://localhost:8080/x, DIRECT",
    "http://127.0.0.1/x, DIRECT"
  })
  void proxiesAreTakenFromTheEnvironment(String address, String expected) {
    ProxySelector proxies =
        new Proxies(
            Map.of(
                "HTTPS_PROXY", "http://user:secret@proxy.example:3128",
                "http_proxy", "plain.example",
                "NO_PROXY", ".inside.example, files.example:8443"));

    Proxy proxy = proxies.select(URI.create(address)).getFirst();
    assertThat(
            proxy.address() instanceof InetSocketAddress at
                ? at.getHostString() + ":" + at.getPort()
                : proxy.type().name())
        .isEqualTo(expected);
  }

  @Test
  void aProxyThatIsNoneIsRefusedWithoutItsPassword() {
    assertThatThrownBy(() -> new Proxies(Map.of("HTTPS_PROXY", "socks5://user:secret@proxy")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("HTTPS_PROXY names no proxy: it must be http://HOST:PORT");
  }

  @Test
  void waitsDoubleUpToALimitAndVary() {
    RetryPolicy patience =
        new RetryPolicy(
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            9,
            Duration.ofSeconds(1),
            Duration.ofSeconds(20));
    Random random = new Random(7);

    for (int failures = 1; failures < 70; failures++) {
      long most = (long) Math.min(1000 * Math.pow(2, failures - 1), 20_000);
      assertThat(patience.wait(failures, null, random).toMillis()).isBetween(most / 2, most);
    }
    assertThat(patience.wait(1, Duration.ofSeconds(7), random)).isEqualTo(Duration.ofSeconds(7));
    assertThat(patience.wait(5, Duration.ZERO, random).toMillis()).isBetween(8_000L, 16_000L);
  }
}
