package io.github.resnetserving.training;

import io.github.resnetserving.image.Scaler;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * Makes the batches of an epoch. Each follows from the seed, the epoch and its index alone, so that
 * it is the same on any thread, and after a resume. Thread-safe.
 */
final class Batches {

  /**
   * Images as the network takes them.
   *
   * @param count images; fewer than were wanted where some cannot be read
   * @param side of each image
   * @param pixels (count, side, side, 3) unsigned bytes; the array may be longer
   * @param labels (count,) classes
   * @param mixing what was mixed into each image
   */
  @SuppressWarnings("ArrayRecordComponent") // Made once, and read once.
  record Batch(int count, int side, byte[] pixels, int[] labels, Mixing mixing) {}

  private final DecodedImages images;
  private final Preprocessing preprocessing;
  private final Recipe recipe;

  Batches(DecodedImages images, Preprocessing preprocessing, Recipe recipe) {
    this.images = images;
    this.preprocessing = preprocessing;
    this.recipe = recipe;
  }

  /** The positions in an epoch's order. */
  List<Integer> order(List<Integer> positions, int epoch) {
    List<Integer> order = new ArrayList<>(positions);
    Collections.shuffle(order, new Random(mix(epoch, -1)));
    return order;
  }

  private long mix(int epoch, int position) {
    return (recipe.seed() * 1_000_003 + epoch) * 1_000_003 + position;
  }

  /**
   * Augmented images.
   *
   * @param positions of the images
   * @param index of the batch in the epoch
   */
  Batch training(List<Integer> positions, int epoch, int index, int side) throws IOException {
    Canvas canvas =
        new Canvas(
            side, preprocessing.interpolation(), preprocessing.normalization(), new Scaler());
    Assembly assembly = new Assembly(positions.size(), side);
    for (int position : positions) {
      Optional<Pixels> image = images.get(position);
      if (image.isPresent()) {
        SplittableRandom random = new SplittableRandom(mix(epoch, position));
        assembly.add(
            Augmentation.all(recipe.augmentation(), image.get(), canvas, random),
            images.label(position));
      }
    }
    SplittableRandom random = new SplittableRandom(mix(epoch, -2 - index));
    Mixing mixing = Mixing.draw(recipe.mixup(), recipe.cutmix(), side, random);
    mixing.apply(assembly.pixels, assembly.count, side);
    return assembly.batch(mixing);
  }

  /** Images as they are served. */
  Batch validation(List<Integer> positions) throws IOException {
    Assembly assembly = new Assembly(positions.size(), preprocessing.crop());
    for (int position : positions) {
      Optional<Pixels> image = images.get(position);
      if (image.isPresent()) {
        assembly.add(image.get(), images.label(position));
      }
    }
    return assembly.batch(Mixing.NONE);
  }

  private static final class Assembly {
    private final int side;
    private final byte[] pixels;
    private final int[] labels;
    private int count;

    Assembly(int most, int side) {
      this.side = side;
      this.pixels = new byte[most * side * side * 3];
      this.labels = new int[most];
    }

    void add(Pixels image, int label) {
      if (image.width() != side || image.height() != side) {
        throw new IllegalStateException(
            "an image of %d x %d pixels is not %d x %d"
                .formatted(image.width(), image.height(), side, side));
      }
      System.arraycopy(image.rgb(), 0, pixels, count * side * side * 3, side * side * 3);
      labels[count++] = label;
    }

    Batch batch(Mixing mixing) {
      return new Batch(count, side, pixels, Arrays.copyOf(labels, count), mixing);
    }
  }
}
