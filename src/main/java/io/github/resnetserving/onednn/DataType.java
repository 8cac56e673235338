package io.github.resnetserving.onednn;

/** The type of a tensor's elements. */
public enum DataType {
  BFLOAT16(2, Short.BYTES),
  FLOAT32(3, Float.BYTES),
  INT32(4, Integer.BYTES),
  INT8(5, Byte.BYTES),
  UINT8(6, Byte.BYTES);

  private final int code;
  private final int bytes;

  DataType(int code, int bytes) {
    this.code = code;
    this.bytes = bytes;
  }

  /** Of {@code dnnl_data_type_t}. */
  int code() {
    return code;
  }

  /** Of one element. */
  public int bytes() {
    return bytes;
  }
}
