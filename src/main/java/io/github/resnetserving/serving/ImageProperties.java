package io.github.resnetserving.serving;

import io.github.resnetserving.image.Background;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.sandbox.ImageSandbox.SandboxMode;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How images are decoded.
 *
 * @param background the colour behind transparent images, as #rrggbb
 * @param decode {@code exact} for torchvision's pixels, or {@code fast} to scale large JPEGs by 2,
 *     4 or 8 while decoding, where libjpeg-turbo is installed: less work, slightly different pixels
 * @param sandbox images to decode in a process with limits of time and memory. {@code rare}: BMP,
 *     TIFF, AVIF, HEIC, JPEG XL, large WebP that is lossless, transparent or animated, and WebP and
 *     JPEG without their libraries. {@code all}: every image. {@code off}: none, for systems that
 *     forbid child processes
 */
@ConfigurationProperties("resnet.image")
public record ImageProperties(
    @DefaultValue("#ffffff") String background,
    @DefaultValue("exact") DecodePolicy.Detail decode,
    @DefaultValue("rare") SandboxMode sandbox) {

  public ImageProperties {
    try {
      var _ = Background.parse(background);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("resnet.image.background: " + e.getMessage(), e);
    }
  }
}
