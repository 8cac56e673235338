package io.github.resnetserving.network;

/** What a plan is written for. Its inputs and outputs lie in the processor's memory either way. */
public enum Target {
  /** The machine's processors. */
  CPU {
    @Override
    String arrived(Script script, String input) {
      return input;
    }

    @Override
    void addStaging(ScriptArchive archive) {}
  },
  /** A GPU that CUDA knows: whichever the archive is loaded to. */
  GPU {
    @Override
    String arrived(Script script, String input) {
      return script.assign("torch.to(%s, %s, None, True)".formatted(input, DEVICE));
    }

    // Without a GPU there is nothing to pin memory for, and libtorch would refuse to.
    @Override
    void addStaging(ScriptArchive archive) {
      Script script = new Script();
      script.line(
          ("return torch.empty([bytes], dtype=%d, layout=None, device=torch.device(\"cpu\"),"
                  + " pin_memory=ops.prim.is_cuda(self.%s), memory_format=None)")
              .formatted(ElementType.UINT8.scalarType(), Standardization.SCALE));
      archive.method(script, "staging(self, bytes: int) -> Tensor");
    }
  };

  private static final String DEVICE = "ops.prim.device(self.%s)".formatted(Standardization.SCALE);

  /**
   * An input where the weights are. The copy does not wait for its end where the input lies in
   * pinned memory; what needs it comes later on the same stream.
   */
  abstract String arrived(Script script, String input);

  /**
   * Adds a method {@code staging(bytes)} that gives memory from which inputs are copied fastest,
   * where there is such a difference.
   */
  abstract void addStaging(ScriptArchive archive);
}
