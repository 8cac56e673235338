package io.github.resnetserving.checkpoint;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Locale;

/** Says what a file is that holds no readable weights, and what to do about it. */
final class ForeignWeights {

  private static final int TAR_MAGIC_AT = 257;

  private record Signature(String start, String advice) {}

  private static final List<Signature> SIGNATURES =
      List.of(
          new Signature(
              "version https://git-lfs",
              "it is a Git LFS pointer, not the weights: run git lfs pull, or"
                  + " fetch the file itself"),
          new Signature(
              "\u0089HDF\r\n\u001a\n",
              "it is an HDF5 file, as Keras writes: add it with models add NAME --weights FILE,"
                  + " which converts it"),
          new Signature(
              "\u0012\u0001\u0000\u0000\u0000\u0000\u0000\u0000",
              "it is a file of MXNet: add it with models add NAME --weights FILE, which converts"
                  + " it"),
          new Signature(
              "\u001f\u008b",
              "it is compressed with gzip: unpack it with gunzip and give what was inside"),
          new Signature(
              "\u0093NUMPY", "it is a NumPy array: save all weights together as safetensors"),
          new Signature("GGUF", "it is a GGUF file: convert it to safetensors"),
          new Signature(
              "{",
              "it is JSON text, such as a model's configuration or index: give the weights file"
                  + " itself"));

  private ForeignWeights() {}

  static WeightsException of(MemorySegment file) {
    return new WeightsException(advice(file));
  }

  private static String advice(MemorySegment file) {
    String head =
        new String(
            file.asSlice(0, Math.min(file.byteSize(), 512)).toArray(ValueLayout.JAVA_BYTE),
            ISO_8859_1);
    if (head.isEmpty()) {
      return "the file is empty: fetch it again";
    }
    for (Signature signature : SIGNATURES) {
      if (head.startsWith(signature.start())) {
        return signature.advice();
      }
    }
    String text = head.replace("\u00ef\u00bb\u00bf", "").strip().toLowerCase(Locale.ROOT);
    if (text.startsWith("<!doctype") || text.startsWith("<html") || text.startsWith("<?xml")) {
      return "it is a web page, not weights: the download answered with a page, perhaps"
          + " an error or a"
          + " login; fetch it from the direct link";
    }
    if (head.startsWith("ustar", TAR_MAGIC_AT)) {
      return "it is a tar archive, as torch wrote before 0.1.10 or as a download is packed: unpack"
          + " it, or load it in an old torch and save it again";
    }
    if (looksLikeOnnx(head)) {
      return "it is an ONNX model: add it with models add NAME --weights FILE, which converts it";
    }
    if (head.length() < 8) {
      return "the file is truncated: it has %d bytes; fetch it again".formatted(head.length());
    }
    return "its format is not known: give a state dict saved with torch.save, or safetensors";
  }

  /** A protocol buffer whose first field is a small ir_version, the next the producer's name. */
  private static boolean looksLikeOnnx(String head) {
    return head.length() > 4
        && head.charAt(0) == 0x08
        && head.charAt(1) > 0
        && head.charAt(1) < 32
        && (head.charAt(2) == 0x12 || head.charAt(2) == 0x3a || head.charAt(2) == 0x42);
  }
}
