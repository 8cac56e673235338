package io.github.resnetserving.telemetry;

import io.github.resnetserving.image.ImagePipeline;
import java.util.Map;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;

/** Says on {@code /actuator/info} what decodes images in this process. */
public final class DecoderInfo implements InfoContributor {

  private final ImagePipeline pipeline;

  public DecoderInfo(ImagePipeline pipeline) {
    this.pipeline = pipeline;
  }

  @Override
  public void contribute(Info.Builder builder) {
    builder.withDetail("decoders", Map.of("jpeg", pipeline.jpegDecoder()));
  }
}
