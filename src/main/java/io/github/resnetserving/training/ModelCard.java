package io.github.resnetserving.training;

import io.github.resnetserving.graph.Topology;
import java.util.List;
import java.util.Locale;

/**
 * What a trained model is and how it came about, for its users.
 *
 * @param name what requests call it
 * @param architecture the network's name
 * @param data where the images came from, in words
 * @param license of the weights and, in words, of the data
 */
record ModelCard(String name, String architecture, String data, String license) {

  String markdown(
      Topology topology,
      Recipe recipe,
      ImageSet training,
      ImageSet validation,
      List<EpochResult> history,
      EpochResult best) {
    double minutes = history.stream().mapToDouble(EpochResult::seconds).sum() / 60;
    long parameters =
        topology.tensors().entrySet().stream()
            .filter(tensor -> !tensor.getKey().contains(".running_"))
            .mapToLong(tensor -> tensor.getValue().stream().reduce(1, Math::multiplyExact))
            .sum();
    return """
    # %s

    A residual network, `%s`, of %d layers and %s parameters (He et al. 2015, arXiv 1512.03385),
    trained by this program from random weights.

    | | |
    |---|---|
    | input | %d x %d pixels, RGB |
    | classes | %d: %s |
    | accuracy | **%.2f %%** top-1 on %s held-out images (epoch %d of %d) |
    | data | %s |
    | split | %s images to learn from, %s held out; stratified by class, seed %d |
    | augmentation | shifts of up to an eighth of the side, horizontal mirror images |
    | optimiser | SGD, momentum %s, weight decay %s, batch %d |
    | learning rate | %s |
    | time | %.0f minutes |
    | licence | %s |

    The validation set also selected the epoch, so expect slightly lower accuracy on new images. The
    network knows only its own classes, and assigns one of them to every image.

    ![Learning curve](learning-curve.png)

    | epoch | training loss | training accuracy | validation accuracy |
    |---:|---:|---:|---:|
    %s\
    """
        .formatted(
            name,
            architecture,
            topology.depth(),
            grouped(parameters),
            training.size(),
            training.size(),
            topology.classes(),
            classes(training.classes()),
            100 * best.validationAccuracy(),
            grouped(validation.count()),
            best.epoch(),
            history.size(),
            data,
            grouped(training.count()),
            grouped(validation.count()),
            recipe.seed(),
            recipe.momentum(),
            recipe.weightDecay(),
            recipe.batchSize(),
            recipe.schedule().describe(),
            minutes,
            license,
            rows(history));
  }

  private static String classes(List<String> classes) {
    List<String> shown = classes.subList(0, Math.min(20, classes.size()));
    return String.join(", ", shown) + (classes.size() > shown.size() ? ", …" : "");
  }

  private static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  private static String rows(List<EpochResult> history) {
    StringBuilder rows = new StringBuilder();
    for (EpochResult epoch : history) {
      rows.append(
          String.format(
              Locale.ROOT,
              "| %d | %.4f | %.2f %% | %.2f %% |%n",
              epoch.epoch(),
              epoch.loss(),
              100 * epoch.trainingAccuracy(),
              100 * epoch.validationAccuracy()));
    }
    return rows.toString();
  }
}
