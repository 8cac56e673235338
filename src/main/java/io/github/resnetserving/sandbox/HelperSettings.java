package io.github.resnetserving.sandbox;

import io.github.resnetserving.image.Background;
import io.github.resnetserving.image.DecodePolicy;
import java.util.List;

/**
 * What a helper is told when it starts, as words of its command line.
 *
 * @param maxBytes bytes of an image at most
 * @param parent the process that starts it
 */
record HelperSettings(DecodePolicy policy, int maxBytes, long parent) {

  List<String> words() {
    return List.of(
        String.valueOf(policy.maxPixels()),
        policy.background().toString(),
        policy.detail().name(),
        String.valueOf(maxBytes),
        String.valueOf(parent));
  }

  static HelperSettings parse(String... words) {
    return new HelperSettings(
        new DecodePolicy(
            Long.parseLong(words[0]),
            Background.parse(words[1]),
            DecodePolicy.Detail.valueOf(words[2])),
        Integer.parseInt(words[3]),
        Long.parseLong(words[4]));
  }
}
