import io.github.resnetserving.models.Prediction;
import io.github.resnetserving.resnet.ResNet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Prints the three most probable classes of an image: {@code Embed MODEL IMAGE}. */
class Embed {

  public static void main(String[] args) throws IOException {
    try (ResNet net = ResNet.open(Path.of(args[0]))) {
      byte[] image = Files.readAllBytes(Path.of(args[1]));
      for (Prediction prediction : net.classify(image, 3)) {
        System.out.printf(
            Locale.ROOT, "%.4f %s%n", prediction.probability(), prediction.label().name());
      }
    }
  }
}
