package io.github.resnetserving.models.download;

import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where models are fetched from.
 *
 * @param torchvision address of the folder that holds torchvision's files
 * @param hub address of Hugging Face's hub, or of a mirror that speaks like it
 * @param token shown to the hub's address and to no other; null for none
 * @param offline whether the network may not be used at all
 */
public record FetchSettings(URI torchvision, URI hub, @Nullable String token, boolean offline) {

  static final URI TORCHVISION = URI.create("https://download.pytorch.org/models");
  static final URI HUB = URI.create("https://huggingface.co");

  public FetchSettings {
    requireHttp(torchvision);
    requireHttp(hub);
    if (token != null && !token.matches("[!-~]+")) {
      throw new IllegalArgumentException(
          "HF_TOKEN holds blanks or characters beyond ASCII: it must be the token alone");
    }
  }

  /**
   * What the environment says: {@code RESNET_MIRROR}, {@code HF_ENDPOINT}, {@code HF_TOKEN} and
   * {@code RESNET_OFFLINE}.
   */
  public static FetchSettings of(Map<String, String> environment) {
    return new FetchSettings(
        address("RESNET_MIRROR", environment, TORCHVISION),
        address("HF_ENDPOINT", environment, HUB),
        value("HF_TOKEN", environment),
        isTrue(Objects.requireNonNullElse(value("RESNET_OFFLINE", environment), "")));
  }

  /** The same with another address for both kinds of models. */
  public FetchSettings withMirror(URI mirror) {
    return new FetchSettings(mirror, mirror, token, offline);
  }

  public FetchSettings withOffline(boolean refused) {
    return new FetchSettings(torchvision, hub, token, refused);
  }

  private static boolean isTrue(String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "1", "true", "yes", "on" -> true;
      case "", "0", "false", "no", "off" -> false;
      default ->
          throw new IllegalArgumentException(
              "RESNET_OFFLINE is \"%s\": it must be true or false".formatted(value));
    };
  }

  private static URI address(String name, Map<String, String> environment, URI absent) {
    String value = value(name, environment);
    if (value == null) {
      return absent;
    }
    try {
      return URI.create(value);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s is \"%s\": it must be an address such as %s".formatted(name, value, absent), e);
    }
  }

  private static @Nullable String value(String name, Map<String, String> environment) {
    String value = environment.get(name);
    return value == null || value.isBlank() ? null : value.strip();
  }

  private static void requireHttp(URI address) {
    if (!Locations.isHttp(address)) {
      throw new IllegalArgumentException(
          "\"%s\" is no address to fetch from: it must begin with https:// or http://"
              .formatted(address));
    }
  }

  /** The token is a secret: it is left out. */
  @Override
  public String toString() {
    return "FetchSettings[torchvision=%s, hub=%s, token=%s, offline=%s]"
        .formatted(torchvision, hub, token == null ? "none" : "given", offline);
  }
}
