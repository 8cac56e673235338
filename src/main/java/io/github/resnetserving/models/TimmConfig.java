package io.github.resnetserving.models;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** timm's {@code config.json}: its {@code pretrained_cfg}, which older files have at the top. */
final class TimmConfig {

  private static final String INPUT = "input_size";
  private static final String CROP = "crop_pct";
  private static final String TEST_INPUT = "test_input_size";
  private static final String TEST_CROP = "test_crop_pct";
  private static final String NESTED = "pretrained_cfg";

  private TimmConfig() {}

  static boolean isOne(JsonFields fields) {
    return fields.hasObject(NESTED) || fields.has(INPUT);
  }

  static PublishedSettings read(JsonFields fields) throws ModelException {
    checkArchitecture(fields);
    JsonFields input = fields.hasObject(NESTED) ? fields.object(NESTED) : fields;
    @Nullable Labels labels =
        fields.has("label_names") ? HuggingFaceConfig.labels(fields.texts("label_names")) : null;
    Preprocessing training = preprocessing(input, input.wholeNumbers(INPUT), CROP);
    Preprocessing test =
        preprocessing(
            input,
            input.wholeNumbers(input.has(TEST_INPUT) ? TEST_INPUT : INPUT),
            input.has(TEST_CROP) ? TEST_CROP : CROP);
    return new PublishedSettings(
        training, labels, null, List.of(), test.equals(training) ? null : test);
  }

  /** Blurred strides have no weights, so that the tensors alone would pass for another network. */
  private static void checkArchitecture(JsonFields fields) throws ModelException {
    if (fields.has("architecture")
        && fields.text("architecture").matches("(se)?resnex?t(aa|blur).*")) {
      throw fields.wrong(
          "%s blurs before it strides, which is not run here"
              .formatted(fields.text("architecture")));
    }
  }

  private static Preprocessing preprocessing(JsonFields input, List<Integer> size, String crop)
      throws ModelException {
    if (size.size() != 3 || size.get(0) != 3 || !size.get(1).equals(size.get(2))) {
      throw input.wrong("input_size is %s: it must be 3, SIDE, SIDE".formatted(size));
    }
    if (input.has("crop_mode") && !input.text("crop_mode").equals("center")) {
      throw input.wrong(
          "crop_mode is \"%s\": only center is done here".formatted(input.text("crop_mode")));
    }
    int side = size.get(1);
    return new Preprocessing(
        (int) Math.floor(side / share(input, crop)),
        PublishedSettings.interpolation(input),
        side,
        new Normalization(input.numbers("mean"), input.numbers("std")));
  }

  /** The field {@code crop_pct}, the crop's side as a share of the resized image's. */
  static double share(JsonFields fields) throws ModelException {
    return share(fields, CROP);
  }

  private static double share(JsonFields fields, String field) throws ModelException {
    double share = fields.number(field);
    if (!(share > 0 && share <= 1)) {
      throw fields.wrong("%s is %s: it must be above 0 and at most 1".formatted(field, share));
    }
    return share;
  }
}
