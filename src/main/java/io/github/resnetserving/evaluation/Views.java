package io.github.resnetserving.evaluation;

import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.image.PreparationListener;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.CropMode;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a network is shown of each image. Its answer is the mean of the probabilities, that is of
 * the softmax, that it gives for all views, as Krizhevsky et al. 2012 (section 4.1) take it of ten
 * crops, and Simonyan and Zisserman 2014 (section 3.2) of several scales.
 */
public sealed interface Views {

  /** The crop from the centre, which the server takes too. */
  record CenterCrop() implements Views {

    @Override
    public List<Pixels> of(byte[] image, Preprocessing preprocessing, ImagePipeline pipeline)
        throws ImageException {
      return List.of(pipeline.prepare(image, preprocessing).crop());
    }

    @Override
    public String describe() {
      return "one crop from the centre";
    }
  }

  /** The four corners and the centre, then the same of the mirrored image. */
  record TenCrops() implements Views {

    @Override
    public List<Pixels> of(byte[] image, Preprocessing preprocessing, ImagePipeline pipeline)
        throws ImageException {
      return pipeline.prepare(image, preprocessing, CropMode.TEN, PreparationListener.NONE).crops();
    }

    @Override
    public String describe() {
      return "ten crops, mean of the probabilities";
    }
  }

  /**
   * The whole image at several sizes (He et al. 2015, section 4.1: the fully convolutional form).
   * The global average pool takes the mean over all places, whatever the size.
   *
   * @param shortEdges length of the image's shorter edge in each view, in pixels
   */
  record Scales(List<Integer> shortEdges) implements Views {

    /** Shorter edges have nothing to show, and longer ones no room in memory. */
    private static final int SHORTEST = 16;

    private static final int LONGEST = 2048;

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if there is none, or one is shorter or longer than possible
     */
    public Scales {
      shortEdges = List.copyOf(shortEdges);
      if (shortEdges.isEmpty() || shortEdges.stream().anyMatch(e -> e < SHORTEST || e > LONGEST)) {
        throw new IllegalArgumentException(
            "the scales are %s: give at least one short edge in pixels, each between %d and %d"
                .formatted(shortEdges, SHORTEST, LONGEST));
      }
    }

    @Override
    public List<Pixels> of(byte[] image, Preprocessing preprocessing, ImagePipeline pipeline)
        throws ImageException {
      List<Pixels> views = new ArrayList<>(shortEdges.size());
      for (int edge : shortEdges) {
        views.add(
            pipeline.resize(
                image,
                new Preprocessing(
                    edge, preprocessing.interpolation(), edge, preprocessing.normalization())));
      }
      return views;
    }

    @Override
    public String describe() {
      return shortEdges.stream()
          .map(String::valueOf)
          .collect(
              Collectors.joining(
                  ", ", "the whole image with short edges of ", ", mean of the probabilities"));
    }
  }

  /**
   * The views of an image.
   *
   * @param image a whole file
   * @return at least one, as many for each image
   * @throws ImageException if it is no image that can be read
   */
  List<Pixels> of(byte[] image, Preprocessing preprocessing, ImagePipeline pipeline)
      throws ImageException;

  /** In words, for people. */
  String describe();
}
