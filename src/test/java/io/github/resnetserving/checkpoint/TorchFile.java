package io.github.resnetserving.checkpoint;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes a state dict of floats as torch.save does: a stored zip with a pickle and storages. */
public final class TorchFile {

  private TorchFile() {}

  public static void write(Path file, SequencedMap<String, FloatTensor> tensors)
      throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file));
        ZipOutputStream zip = new ZipOutputStream(out)) {
      entry(zip, "data.pkl", pickle(tensors));
      entry(zip, "byteorder", "little".getBytes(US_ASCII));
      int storage = 0;
      for (FloatTensor tensor : tensors.values()) {
        entry(zip, "data/" + storage++, WeightsFiles.floats(tensor.values()));
      }
      entry(zip, "version", "3\n".getBytes(US_ASCII));
    }
  }

  private static byte[] pickle(SequencedMap<String, FloatTensor> tensors) {
    PickleAssembler pickle = new PickleAssembler().raw("}(");
    int storage = 0;
    for (Map.Entry<String, FloatTensor> tensor : tensors.entrySet()) {
      List<Integer> shape = tensor.getValue().shape();
      long[] sizes = shape.stream().mapToLong(Integer::longValue).toArray();
      long[] strides = new long[sizes.length];
      long count = 1;
      for (int i = sizes.length - 1; i >= 0; i--) {
        strides[i] = count;
        count *= sizes[i];
      }
      String key = Integer.toString(storage++);
      pickle.text(tensor.getKey()).tensor("FloatStorage", key, count, 0, sizes, strides);
    }
    return pickle.raw("u").stop();
  }

  private static void entry(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    ZipEntry entry = new ZipEntry("archive/" + name);
    CRC32 crc = new CRC32();
    crc.update(bytes);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(bytes.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(bytes);
    zip.closeEntry();
  }
}
