package io.github.resnetserving.sandbox;

import java.util.Optional;

/** The processors whose system calls are known. */
enum MachineArchitecture {
  X86_64(0xc000003e),
  AARCH64(0xc00000b7);

  private final int auditNumber;

  MachineArchitecture(int auditNumber) {
    this.auditNumber = auditNumber;
  }

  /** What seccomp calls it, {@code AUDIT_ARCH_*} of linux/audit.h. */
  int auditNumber() {
    return auditNumber;
  }

  /**
   * By Java's name.
   *
   * @param name of the property {@code os.arch}
   */
  static Optional<MachineArchitecture> of(String name) {
    return switch (name) {
      case "amd64", "x86_64" -> Optional.of(X86_64);
      case "aarch64" -> Optional.of(AARCH64);
      default -> Optional.empty();
    };
  }
}
