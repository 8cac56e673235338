package io.github.resnetserving.sandbox;

import io.github.resnetserving.image.PreparationListener;
import java.time.Duration;

/** A service whose helper has an image that does what the first argument says; prints its pid. */
public final class FaultyService {

  public static void main(String[] args) throws Exception {
    PreparationListener listener =
        new PreparationListener() {
          @Override
          public void onDecoded() {
            System.out.println(
                ProcessHandle.current()
                    .children()
                    .filter(child -> child.info().command().orElse("").endsWith("java"))
                    .findFirst()
                    .orElseThrow()
                    .pid());
          }
        };
    try (Helpers helpers = Helpers.faulty(Duration.ofMinutes(10))) {
      helpers.prepare(args[0], listener);
    }
  }
}
