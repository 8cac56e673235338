package io.github.resnetserving.serving;

import io.github.resnetserving.engine.ComputeDevice;
import io.github.resnetserving.engine.PrecisionSetting;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Which models are served, and what computes them.
 *
 * @param models names of the models to serve, separated by commas; the default model is always
 *     served
 * @param defaultModel the model for requests that name none. Blank for {@code resnet50} where it is
 *     in the models folder, otherwise {@code imagenette-resnet18}. A published model that is
 *     missing is fetched at the start
 * @param modelsDir the models folder, with {@code NAME/VERSION/model.json}, or one model's folder,
 *     which then has the default model's name; need not exist
 * @param offline whether models may not be fetched over the network
 * @param mirror the server to fetch models from, instead of torchvision's and Hugging Face's
 * @param device the device that computes: {@code auto} for the first usable GPU, otherwise the
 *     processor; {@code cpu}; {@code gpu:N}
 * @param precision the precision of all computation: {@code auto} for the faster of {@code fp32}
 *     and {@code bf16} (on a GPU {@code fp16}) on this machine; {@code fp32}, {@code bf16}, {@code
 *     fp16}, {@code int8}
 * @param cacheDir cache for benchmarked plans. If unwritable, every start serves {@code fp32} until
 *     benchmarking finishes
 */
@ConfigurationProperties("resnet")
public record ModelProperties(
    @DefaultValue List<String> models,
    @DefaultValue("") String defaultModel,
    @DefaultValue("models") Path modelsDir,
    @DefaultValue("false") boolean offline,
    @Nullable URI mirror,
    @DefaultValue("auto") ComputeDevice.Setting device,
    @DefaultValue("auto") PrecisionSetting precision,
    @Nullable Path cacheDir) {

  public ModelProperties {
    models = List.copyOf(models);
  }
}
