package io.github.resnetserving.checkpoint;

import java.util.List;
import java.util.SequencedSet;
import java.util.regex.Pattern;

/** Says what a zip archive is that torch.save did not write, and what to do about it. */
final class ForeignArchive {

  /**
   * Tells a kind of archive.
   *
   * @param entry the name of an entry that only this kind has
   */
  private record Kind(Pattern entry, String advice) {}

  private static final List<Kind> KINDS =
      List.of(
          kind(
              "(.*/)?(archive_format|models/.*\\.json|serialized_exported_program\\.json)",
              "it is an archive of torch.export, which holds a program: save the weights of the"
                  + " model that was exported with torch.save(model.state_dict(), \"weights.pth\"),"
                  + " then give that file"),
          kind(
              "[^/]+/\\.data/extern_modules",
              "it is an archive of torch.package, which holds Python code: load it in Python and"
                  + " save its weights with torch.save(model.state_dict(), \"weights.pth\")"),
          kind(
              "model\\.weights\\.h5",
              "it is a Keras model: add it with models add NAME --weights FILE, which converts it"),
          kind(
              ".*\\.npy",
              "it is a NumPy archive: save its arrays, under the names that PyTorch gives them, as"
                  + " safetensors"));

  private static final Pattern WEIGHTS =
      Pattern.compile("(?i).*\\.(pth|pt|ckpt|bin|safetensors|th|tar)");

  private ForeignArchive() {}

  private static Kind kind(String entry, String advice) {
    return new Kind(Pattern.compile(entry), advice);
  }

  /** Refuses an archive that is known to be of another kind. */
  static void requireNone(SequencedSet<String> names) throws WeightsException {
    for (Kind kind : KINDS) {
      if (names.stream().anyMatch(name -> kind.entry().matcher(name).matches())) {
        throw new WeightsException(kind.advice());
      }
    }
  }

  /** About an archive without a pickle of torch.save's. */
  static WeightsException unknown(SequencedSet<String> names) {
    String start = "it is a zip archive, but torch.save did not write it: it has no data.pkl";
    for (String name : names) {
      if (WEIGHTS.matcher(name).matches()) {
        return new WeightsException(
            "%s, but %s: unpack it, and give that file".formatted(start, Printable.of(name)));
      }
    }
    return new WeightsException(
        start
            + (names.isEmpty() ? "" : ", but " + Printable.of(names.getFirst()))
            + "; give a state dict saved with torch.save, or safetensors");
  }
}
