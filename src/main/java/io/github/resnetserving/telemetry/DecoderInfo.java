package io.github.resnetserving.telemetry;

import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.sandbox.ImageSandbox;
import java.util.Locale;
import java.util.Map;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;

/**
 * Says on {@code /actuator/info} what decodes images: the JPEG decoder, which images are decoded in
 * a process of their own, and what of the kernel holds that process in.
 */
public final class DecoderInfo implements InfoContributor {

  private final ImagePipeline pipeline;
  private final ImageSandbox sandbox;

  public DecoderInfo(ImagePipeline pipeline, ImageSandbox sandbox) {
    this.pipeline = pipeline;
    this.sandbox = sandbox;
  }

  @Override
  public void contribute(Info.Builder builder) {
    String confinement = sandbox.confinement();
    builder.withDetail(
        "decoders",
        Map.of(
            "jpeg",
            pipeline.jpegDecoder(),
            "sandbox",
            sandbox.mode().name().toLowerCase(Locale.ROOT),
            "confinement",
            confinement.isEmpty() ? "not started yet" : confinement));
  }
}
