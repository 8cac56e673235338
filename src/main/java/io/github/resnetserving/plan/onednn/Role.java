package io.github.resnetserving.plan.onednn;

/** What an operand is to its primitive. */
enum Role {
  SOURCE(1),
  DESTINATION(17),
  WEIGHTS(33),
  BIAS(41),
  SCRATCHPAD(80),
  /** The second of two sources. */
  FACTORS(2),
  SOURCE_SCALE(4096 | 1),
  DESTINATION_SCALE(4096 | 17),
  WEIGHTS_SCALE(4096 | 33),
  DESTINATION_ZERO_POINT(8192 | 17);

  private final int code;

  Role(int code) {
    this.code = code;
  }

  /** One of {@code DNNL_ARG_*}. */
  int code() {
    return code;
  }
}
