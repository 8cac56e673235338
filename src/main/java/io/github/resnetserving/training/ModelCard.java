package io.github.resnetserving.training;

import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.Labels.Label;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** What a trained model is and how it came about, for its users. */
record ModelCard(
    TrainingPlan plan,
    TrainingSet data,
    TrainingRun.Settings settings,
    RunState end,
    OptionalDouble test) {

  String markdown() {
    List<EpochResult> history = end.history();
    Recipe recipe = plan.recipe();
    EpochResult best = recipe.keepLast() ? history.getLast() : end.bestEpoch();
    double minutes = history.stream().mapToDouble(EpochResult::seconds).sum() / 60;
    int side = data.preprocessing().crop();
    return """
    # %s

    A residual network of %d layers and %s parameters (He et al. 2015, arXiv 1512.03385), trained by
    this program from %s.

    | | |
    |---|---|
    | input | %d x %d pixels, RGB |
    | classes | %d: %s |
    | accuracy | **%.2f %%** top-1 and log loss %.4f on %s held-out images (epoch %d of %d)%s |
    | data | %s |
    | split | %s images to learn from, %s held out%s |
    | recipe | %s, seed %d |
    | augmentation | %s |
    | optimiser | %s, weight decay %s, batch %d, %s |
    | learning rate | %s, %s |
    | time | %.0f minutes |
    | licence | %s |

    %s The network knows only its own classes, and assigns one of them to every image.

    ![Learning curve](learning-curve.png)

    | epoch | training loss | training accuracy | validation loss | validation accuracy |
    |---:|---:|---:|---:|---:|
    %s\
    """
        .formatted(
            settings.name(),
            plan.start().topology().depth(),
            grouped(plan.start().parameters()),
            plan.start().description(),
            side,
            side,
            data.source().classes().size(),
            classes(Publication.labels(data.source().classes())),
            100 * best.validationAccuracy(),
            best.validationLoss(),
            grouped(data.split().validation().size()),
            best.epoch(),
            history.size(),
            test.isPresent()
                ? String.format(
                    Locale.ROOT,
                    "; **%.2f %%** on the images for testing",
                    100 * test.getAsDouble())
                : "",
            settings.dataNote(),
            grouped(data.split().training().size()),
            grouped(data.split().validation().size()),
            data.unreadable().isEmpty()
                ? ""
                : "; %d could not be read".formatted(data.unreadable().size()),
            plan.recipeName(),
            recipe.seed(),
            Augmentation.describe(recipe.augmentation()),
            recipe.optimizer().describe(),
            recipe.weightDecay(),
            recipe.batchSize(),
            recipe.precision().id(),
            recipe.learningRate(),
            recipe.schedule().describe(),
            minutes,
            settings.license(),
            recipe.keepLast()
                ? "The weights are those of the last epoch."
                : "The validation set also selected the epoch, so expect slightly lower accuracy on"
                    + " new images.",
            rows(history));
  }

  private static String classes(Labels labels) {
    List<String> shown = labels.entries().stream().limit(20).map(Label::name).toList();
    return String.join(", ", shown) + (labels.count() > shown.size() ? ", …" : "");
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
              "| %d | %.4f | %.2f %% | %.4f | %.2f %% |%n",
              epoch.epoch(),
              epoch.loss(),
              100 * epoch.trainingAccuracy(),
              epoch.validationLoss(),
              100 * epoch.validationAccuracy()));
    }
    return rows.toString();
  }
}
